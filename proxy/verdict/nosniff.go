package verdict

import (
	"net/http"
	"strings"
)

// nosniff is Fetch, section 3.6 "X-Content-Type-Options": with it a script needs
// a JavaScript type, and a style sheet text/css.
func (c *call) nosniff(h http.Header) *fault {
	const name = "X-Content-Type-Options"
	value, _ := get(h, name)
	first, _, _ := strings.Cut(value, ",")
	if !strings.EqualFold(strings.TrimSpace(first), "nosniff") {
		return nil
	}
	essence, _, _ := strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	essence = strings.TrimSpace(essence)
	var want string
	switch d := c.destination(); {
	case (d == "script" || strings.HasSuffix(d, "worker")) && !javaScript(essence):
		want = "text/javascript"
	case d == "style" && essence != "text/css":
		want = "text/css"
	default:
		return nil
	}
	return &fault{Rule{fetch, name, name, value}, name + ": nosniff demands the type " + want + ", and the answer has Content-Type: " + quoted(essence) + ".",
		"nosniff with the wrong type", "Content-Type: " + want}
}

// javaScript reports a JavaScript MIME type (MIME Sniffing, section 4.6).
func javaScript(essence string) bool {
	switch strings.TrimPrefix(strings.TrimPrefix(essence, "application/"), "text/") {
	case "javascript", "ecmascript", "x-javascript", "x-ecmascript", "jscript", "livescript":
		return true
	}
	return strings.HasPrefix(essence, "text/javascript1.")
}
