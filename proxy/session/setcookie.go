package session

import "strings"

// SetCookie is one Set-Cookie line as text. Editing one attribute leaves every
// other byte as it was: attributes this program does not know, their order and
// case, blanks and empty parts. The zero SetCookie is the empty line.
type SetCookie struct {
	pair  string   // what stands before the first semicolon
	attrs []string // what stands between the others, verbatim
}

// ParseSetCookie reads a Set-Cookie line (RFC 6265bis, section 5.6, step 1 on).
// There is no wrong line; what a browser would ignore is kept.
func ParseSetCookie(line string) SetCookie {
	parts := strings.Split(line, ";")
	return SetCookie{pair: parts[0], attrs: parts[1:]}
}

// String returns the line.
func (c SetCookie) String() string {
	if len(c.attrs) == 0 {
		return c.pair
	}
	return c.pair + ";" + strings.Join(c.attrs, ";")
}

// Name returns the cookie's name, "" for a line without "=".
func (c SetCookie) Name() string {
	name, _, ok := strings.Cut(c.pair, "=")
	if !ok {
		return ""
	}
	return trim(name)
}

// Value returns the cookie's value with the bytes that the backend sent, quotes
// too, but for blanks around it.
func (c SetCookie) Value() string {
	name, value, ok := strings.Cut(c.pair, "=")
	if !ok {
		return trim(name)
	}
	return trim(value)
}

// Attr returns the value of the named attribute, and whether it is there. Of
// several the last counts, as in browsers. Case does not matter in name.
func (c SetCookie) Attr(name string) (value string, ok bool) {
	for _, a := range c.attrs {
		if n, v := attr(a); strings.EqualFold(n, name) {
			value, ok = v, true
		}
	}
	return value, ok
}

// With returns the line with the named attribute set to value; "" for one that
// has none, as Secure. It takes the place of the first attribute of that name,
// further ones go; where there is none it is added. A line on which it already
// has that value, in any case, is returned as it is.
func (c SetCookie) With(name, value string) SetCookie {
	count := 0
	for _, a := range c.attrs {
		if n, _ := attr(a); strings.EqualFold(n, name) {
			count++
		}
	}
	if v, _ := c.Attr(name); count == 1 && strings.EqualFold(v, value) {
		return c
	}
	text := " " + name
	if value != "" {
		text += "=" + value
	}
	out := SetCookie{pair: c.pair}
	for _, a := range c.attrs {
		if n, _ := attr(a); !strings.EqualFold(n, name) {
			out.attrs = append(out.attrs, a)
		} else if text != "" {
			out.attrs = append(out.attrs, text)
			text = ""
		}
	}
	if text == "" {
		return out
	}
	// Added before the empty parts that a line may end with.
	n := len(out.attrs)
	for n > 0 && trim(out.attrs[n-1]) == "" {
		n--
	}
	attrs := append(out.attrs[:n:n], text)
	out.attrs = append(attrs, out.attrs[n:]...)
	return out
}

// Without returns the line without any attribute of that name.
func (c SetCookie) Without(name string) SetCookie {
	out := SetCookie{pair: c.pair}
	for _, a := range c.attrs {
		if n, _ := attr(a); !strings.EqualFold(n, name) {
			out.attrs = append(out.attrs, a)
		}
	}
	return out
}

func attr(text string) (name, value string) {
	name, value, _ = strings.Cut(text, "=")
	return trim(name), trim(value)
}

// trim removes what RFC 6265bis calls WSP.
func trim(s string) string { return strings.Trim(s, " \t") }
