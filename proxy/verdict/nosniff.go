package verdict

import (
	"net/http"
	"strings"
)

// wrongType is what a script or a style sheet of the wrong type meets, with CORS
// and without: Fetch, sections 3.6 "X-Content-Type-Options" and 2.10 "Should
// response to request be blocked due to its MIME type?".
func (c *call) wrongType(resp *Response) *fault {
	if redirect(resp.Status) {
		return nil
	}
	essence, _, _ := strings.Cut(strings.ToLower(resp.Header.Get("Content-Type")), ";")
	essence = strings.TrimSpace(essence)
	d := c.destination()
	script := d == "script" || strings.HasSuffix(d, "worker")
	if script && neverScript(essence) {
		return &fault{Rule{fetch, "should response to request be blocked due to its MIME type?", "Content-Type", essence},
			"A script can't have Content-Type: " + essence + ".", "a script of the type " + essence, "Content-Type: text/javascript"}
	}
	if !nosniff(resp.Header) {
		return nil
	}
	const name = "X-Content-Type-Options"
	var want string
	switch {
	case script && !javaScript(essence):
		want = "text/javascript"
	case d == "style" && essence != "text/css":
		want = "text/css"
	default:
		return nil
	}
	value, _ := get(resp.Header, name)
	return &fault{Rule{fetch, name, name, value}, name + ": nosniff demands the type " + want + ", and the answer has Content-Type: " + quoted(essence) + ".",
		"nosniff with the wrong type", "Content-Type: " + want}
}

// nosniff is Fetch, "determine nosniff".
func nosniff(h http.Header) bool {
	value, _ := get(h, "X-Content-Type-Options")
	first, _, _ := strings.Cut(value, ",")
	return strings.EqualFold(strings.TrimSpace(first), "nosniff")
}

func neverScript(essence string) bool {
	for _, kind := range []string{"audio/", "image/", "video/"} {
		if strings.HasPrefix(essence, kind) {
			return true
		}
	}
	return essence == "text/csv"
}

// javaScript reports a JavaScript MIME type (MIME Sniffing, section 4.6).
func javaScript(essence string) bool {
	switch strings.TrimPrefix(strings.TrimPrefix(essence, "application/"), "text/") {
	case "javascript", "ecmascript", "x-javascript", "x-ecmascript", "jscript", "livescript":
		return true
	}
	return strings.HasPrefix(essence, "text/javascript1.")
}
