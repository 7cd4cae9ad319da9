package modify

import (
	"regexp"
	"strings"

	"corsage/proxy"
	"corsage/proxy/session"
)

// RewriteLocation maps what names a backend's upstream in its answers back to the
// address that the browser asked. It acts on every answer: the backend's own pages
// would leave for the upstream as well.
func RewriteLocation() proxy.Modifier {
	return proxy.Modifier{
		Name:  "rewrite-location",
		Group: proxy.GroupTransport,
		Label: "Map the upstream back",
		Help: "Where a backend has an upstream, puts the url's own address in place of the upstream's in Location, Content-Location, Refresh and Link of all answers, and takes the upstream out of Domain and Path of Set-Cookie. " +
			"A redirect would leave for the upstream's own name otherwise, and a browser refuses a cookie for a host that it did not ask. " +
			"Standard: RFC 9110, sections 10.2.2 \"Location\" and 8.7 \"Content-Location\"; RFC 8288, section 3; RFC 6265bis, section 5.6.",
		Default: true,
		Response: func(f *proxy.Flow) {
			if f.Rule.Upstream == nil {
				return
			}
			const address = "It names the upstream; the browser knows the backend by the profile's url."
			for _, h := range []struct {
				name string
				edit func(f *proxy.Flow, value string) string
			}{
				{"Location", (*proxy.Flow).FromBackend},
				{"Content-Location", (*proxy.Flow).FromBackend},
				{"Refresh", mapRefresh},
				{"Link", mapLinks},
			} {
				editValues(f, h.name, address, h.edit)
			}
			editValues(f, "Set-Cookie", "RFC 6265bis, 5.6: it is for the upstream's name or prefix, and the browser asked the profile's url.", mapCookie)
		},
	}
}

// editValues puts every value of a field of f's answer through edit.
func editValues(f *proxy.Flow, name, why string, edit func(f *proxy.Flow, value string) string) {
	values := f.Response.Header[name]
	if len(values) == 0 {
		return
	}
	edited := make([]string, len(values))
	for i, v := range values {
		edited[i] = edit(f, v)
	}
	f.SetResponse(name, why, edited...)
}

// refresh is what stands before the URL in Refresh (HTML, "shared declarative
// refresh steps"), with the quote that it may stand in.
var refresh = regexp.MustCompile(`^\s*[0-9.]+(?:\s*[;,]\s*|\s+)(?:(?i:url)\s*=\s*)?(["']?)`)

func mapRefresh(f *proxy.Flow, value string) string {
	at := refresh.FindStringSubmatchIndex(value)
	if at == nil {
		return value
	}
	ref, tail := value[at[1]:], ""
	if quote := value[at[2]:at[3]]; quote != "" {
		if i := strings.Index(ref, quote); i >= 0 {
			ref, tail = ref[:i], ref[i:]
		}
	}
	return value[:at[1]] + f.FromBackend(ref) + tail
}

// mapLinks maps the targets of Link (RFC 8288, section 3), which stand in angle
// brackets, and leaves every other byte alone. Go's libraries for this field part
// it at every comma, those inside of a target and a title too, and don't keep what
// they read.
func mapLinks(f *proxy.Flow, value string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted && c == '\\' && i+1 < len(value):
			b.WriteByte(c)
			i++
			c = value[i]
		case c == '"':
			quoted = !quoted
		case c == '<' && !quoted:
			if n := strings.IndexByte(value[i:], '>'); n > 0 {
				b.WriteString("<" + f.FromBackend(value[i+1:i+n]))
				i += n
				c = '>'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func mapCookie(f *proxy.Flow, line string) string {
	c := session.ParseSetCookie(line)
	if domain, ok := c.Attr("Domain"); ok && f.DropsDomain(domain) {
		c = c.Without("Domain")
	}
	if path, ok := c.Attr("Path"); ok && strings.HasPrefix(path, "/") {
		if path = f.FromBackend(path); strings.HasPrefix(path, "/") {
			c = c.With("Path", path)
		}
	}
	return c.String()
}
