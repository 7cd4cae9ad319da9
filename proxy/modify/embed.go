package modify

import (
	"slices"
	"strings"

	"corsage/proxy"
)

// chosen reports whether f's path is one of the profile's: on the others
// nothing of the backend's own is changed.
func chosen(f *proxy.Flow) bool { return f.Rule.ChoosesPath(f.URL.EscapedPath()) }

// ownPage reports whether the profile allows f's own address as a page's origin:
// then it is such a page, or belongs to one, and comes through Corsage, as a
// local frontend under a name of the backend's site does.
func ownPage(f *proxy.Flow) bool {
	return f.Relation != proxy.Foreign && chosen(f) && f.Rule.Origins.Allows(f.OwnOrigin())
}

// framed reports a request for a document in a frame (W3C Fetch Metadata,
// section 2.1). On plain http, where browsers send no Sec-Fetch-Dest, any request
// may be one.
func framed(f *proxy.Flow) bool {
	switch f.Received.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "embed", "object":
		return true
	case "":
		return plain(f) && !f.Preflight
	}
	return false
}

// within reports a document in a frame over https, that is not a foreign page's
// own doing: one that an allowed page opens, or one that the framed document goes
// on to. An embedder policy of the page counts for each of them, and on https
// only (HTML, "embedder policies").
func within(f *proxy.Flow) bool {
	return f.Relation != proxy.Foreign && chosen(f) && framed(f) && !plain(f)
}

// ancestors returns what the profile allows as frame-ancestors' source
// expressions: its origins, which the browser compares with the real ones. A
// regular expression or an IPv6 address can't stand there; the origin of the
// page that asked stands for it.
func ancestors(f *proxy.Flow) []string {
	list := slices.DeleteFunc(f.Rule.Origins.Patterns(), func(s string) bool { return strings.Contains(s, "[") })
	if f.Relation == proxy.Allowed && f.Origin != "null" && !strings.Contains(f.Origin, "[") && !covers(list, f.OwnOrigin(), f.Origin) {
		list = append(list, f.Origin)
	}
	return list
}
