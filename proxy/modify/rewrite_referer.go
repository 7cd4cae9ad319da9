package modify

import (
	"strings"

	"corsage/proxy"
)

// RewriteReferer makes Referer that of the backend's own pages.
func RewriteReferer() proxy.Modifier {
	return proxy.Modifier{
		Name:  "rewrite-referer",
		Group: proxy.GroupCSRF,
		Label: "Rewrite Referer",
		Help: "Sets Referer of an allowed page's request to the root of the backend's own origin, and adds it over https to methods that change something; behind an upstream that goes by another name, its own pages' Referer names that too. " +
			"CSRF protection without an Origin check reads it over https, and Django 3 refuses a request without one. " +
			"Standard: RFC 9110, section 10.1.3 \"Referer\".",
		Default: true,
		Request: func(f *proxy.Flow) {
			if referer := f.Request.Header.Get("Referer"); f.Relation == proxy.Own && referer != "" {
				f.SetRequest("Referer", whyOwn, f.ToBackend(referer))
			}
			if !relayed(f) {
				return
			}
			origin := f.BackendOrigin()
			wanted := unsafeMethod(f.Request.Method) && strings.HasPrefix(origin, "https:")
			if f.Request.Header.Get("Referer") != "" || wanted {
				f.SetRequest("Referer", "CSRF protection over https accepts only the backend's own pages as Referer.", origin+"/")
			}
		},
	}
}
