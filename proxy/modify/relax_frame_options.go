package modify

import (
	"slices"
	"strings"

	"corsage/proxy"
)

// RelaxFrameOptions lets allowed pages frame the backend's documents. A
// navigation in a frame carries no Origin, and one that begins within the frame
// does not tell whose frame it is: so the header is not just removed but put in
// words that name the allowed origins, and the browser, which knows all
// ancestors, goes on deciding. It is off by default: who is framed can be made
// to click.
func RelaxFrameOptions() proxy.Modifier {
	return proxy.Modifier{
		Name:  "relax-frame-options",
		Group: proxy.GroupEmbedding,
		Label: "Let pages frame documents",
		Help: "Puts Content-Security-Policy: frame-ancestors with the profile's origins in place of X-Frame-Options, where a document is asked for a frame. " +
			"The browser shows no document in a page's frame that says DENY or SAMEORIGIN; with this it does in frames of the pages that origins allows, and in no others. " +
			"Standard: HTML, \"The X-Frame-Options header\".",
		Response: func(f *proxy.Flow) {
			h := f.Response.Header
			if f.Relation == proxy.Foreign || !chosen(f) || !framed(f) || len(h["X-Frame-Options"]) == 0 || governsFrames(h[contentPolicy]) {
				return
			}
			sources := ancestors(f)
			if len(sources) == 0 {
				return
			}
			switch option := strings.ToLower(strings.TrimSpace(strings.Join(h["X-Frame-Options"], ","))); option {
			case "sameorigin":
				sources = append([]string{"'self'"}, sources...)
			case "deny":
			default:
				if !strings.Contains(option, "deny") && !strings.Contains(option, "sameorigin") && !strings.Contains(option, "allowall") {
					return // browsers ignore it
				}
			}
			const why = "HTML, The X-Frame-Options header: it can't name other origins; frame-ancestors takes its place and names those that the profile allows."
			f.SetResponse("X-Frame-Options", why)
			f.SetResponse(contentPolicy, why, append(slices.Clone(h[contentPolicy]), "frame-ancestors "+strings.Join(sources, " "))...)
		},
	}
}
