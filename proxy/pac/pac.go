// Package pac writes the proxy auto-configuration file that sends the hosts of
// enabled profiles to Corsage and everything else the way it went before, and
// finds that way.
package pac

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// ContentType is the media type under which browsers expect a PAC file.
const ContentType = "application/x-ns-proxy-autoconfig"

// Host is one target that goes to the proxy. A PAC file chooses by scheme, name
// and port only: browsers keep the path of https addresses from it.
type Host struct {
	// Scheme is "http" or "https"; ws and wss addresses count as these.
	Scheme string
	// Name is a lower-case A-label name, perhaps with "*." in front for any name
	// below it, or an IP address without brackets.
	Name string
	// Port is decimal, or "*" for any.
	Port string
}

var (
	//go:embed file.js
	template string
	//go:embed former_none.js
	formerNone string
	//go:embed former_manual.js
	formerManual string
	//go:embed former_script.js
	formerScript string
)

// IsOwn reports whether text is a PAC file that File wrote.
func IsOwn(text string) bool {
	first, _, _ := strings.Cut(template, ":")
	return strings.HasPrefix(text, first)
}

// File returns the PAC file for a proxy that listens on addr (host:port), the
// hosts, which may repeat, and the way of everything else. It is written in the
// JavaScript of 1999 (ECMAScript 3), which all PAC engines understand, but for
// what a former PAC file brings along. A proxy of the chain that is addr itself is
// left out.
func File(addr string, hosts []Host, c *Chain) []byte {
	hosts = slices.Clone(hosts)
	slices.SortFunc(hosts, func(a, b Host) int {
		return strings.Compare(a.Name+" "+a.Scheme+" "+a.Port, b.Name+" "+b.Scheme+" "+b.Port)
	})
	var list []string
	for _, h := range slices.Compact(hosts) {
		list = append(list, fmt.Sprintf("[%s, %s, %s]", quote(h.Scheme), quote(h.Name), quote(h.Port)))
	}
	return []byte(strings.NewReplacer(
		`"PROXY ADDRESS"`, quote("PROXY "+addr),
		`/* HOSTS */`, lines(list, "        "),
		`/* FORMER */`, strings.ReplaceAll(strings.TrimSpace(c.javaScript(addr)), "\n", "\n    "),
	).Replace(template))
}

// javaScript defines the function usual, which file.js calls.
func (c *Chain) javaScript(addr string) string {
	why := ""
	switch {
	case c == nil:
		return formerNone
	case c.script != nil:
		return strings.Replace(formerScript, `"SCRIPT"`, quote(c.text), 1)
	case c.fault != nil:
		why = comment("The PAC file that the system had before Corsage is not used: " + c.fault.Error())
	}
	if c.IsDirect() {
		return why + formerNone
	}
	way := func(scheme string) string {
		u := c.by(scheme)
		if u != nil && withPort(u, "") == addr {
			u = nil // ourselves
		}
		return quote(answer(u))
	}
	return why + strings.NewReplacer(
		`/* PROXIES */`, fmt.Sprintf(`"http": %s, "https": %s, "": %s`, way("http"), way("https"), way("")),
		`/* ALWAYS */`, lines(c.always.expressions(), "    "),
		`/* EXCEPT */`, lines(c.except.expressions(), "    "),
		`/* NETS */`, lines(c.except.networks(), "    "),
		`/* ALWAYS NETS */`, lines(c.always.networks(), "    "),
		`/* ONLY */`, fmt.Sprint(c.only),
	).Replace(formerManual)
}

// expressions are e's names as JavaScript's.
func (e *exceptions) expressions() []string {
	var list []string
	for _, x := range e.names {
		list = append(list, "/"+strings.ReplaceAll(x.String(), "/", `\/`)+"/")
	}
	return list
}

// networks are e's, each with what an address in it begins with, as file.js's
// bits has it.
func (e *exceptions) networks() []string {
	var list []string
	for _, n := range e.nets {
		digits := "6"
		if n.prefix.Addr().Is4() {
			digits = "4"
		}
		for _, b := range n.prefix.Addr().AsSlice() {
			digits += fmt.Sprintf("%08b", b)
		}
		list = append(list, fmt.Sprintf("[%s, %s, %s]", quote(digits[:1+n.prefix.Bits()]), quote(n.scheme), quote(n.port)))
	}
	return list
}

// lines sets the elements of an array, each on a line.
func lines(elements []string, indent string) string {
	if len(elements) == 0 {
		return ""
	}
	return "\n" + indent + strings.Join(elements, ",\n"+indent) + "\n" + indent[4:]
}

// comment is text as a comment, on one line.
func comment(text string) string {
	return "// " + strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text) + "\n"
}

// quote makes a JavaScript string literal. JSON's are, once U+2028 and U+2029
// are escaped, which Marshal does.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // not for a string
		return `""`
	}
	return string(bytes.TrimSpace(b))
}
