package modify

import (
	"net/http"

	"corsage/proxy"
)

// TimingAllowOrigin shows pages the timing of their requests. It is off by
// default: no call fails without it.
func TimingAllowOrigin() proxy.Modifier {
	return proxy.Modifier{
		Name:  "timing-allow-origin",
		Group: proxy.GroupCORS,
		Label: "Show the timing",
		Help: "Sets Timing-Allow-Origin to the page's origin on answers to allowed pages. " +
			"Without it PerformanceResourceTiming has zeros for what happens between the call and its end (responseStart, transferSize). " +
			"Standard: Fetch, \"TAO check\".",
		Response: func(f *proxy.Flow) {
			if f.Relation == proxy.Allowed && !f.Preflight && f.Response.StatusCode != http.StatusSwitchingProtocols {
				f.SetResponse("Timing-Allow-Origin", "Fetch, TAO check: the page sees the timing only if its origin is named here.", f.Origin)
			}
		},
	}
}
