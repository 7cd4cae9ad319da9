package filter

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"corsage/proxy/browser"
	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

// Key is one of the words that can stand before a colon.
type Key struct {
	Name string
	// Value is what stands behind the colon, as an example; Values are all that can,
	// nil where that is no list.
	Value  string
	Values []string
	// Help is what it chooses.
	Help string
	// Ours says that DevTools has no such key.
	Ours bool
	// compile makes the condition of one value.
	compile func(k *Key, v value) (func(*Exchange) bool, error)
}

// value is what stands behind a key's colon, one of a list.
type value struct {
	text   string
	whole  bool // it was quoted
	column int
}

// Keys returns all keys, those of DevTools first, each by name.
func Keys() []Key { return slices.Clone(keys) }

var keys = []Key{
	{Name: "cookie-name", Value: "sessionid", Help: "a cookie that the browser sent", compile: texts(func(x *Exchange) []string { return sentCookies(x) })},
	{Name: "domain", Value: "*.example.com", Help: "the backend's host", compile: texts(hosts)},
	{Name: "has-request-header", Value: "authorization", Help: "a header field that the browser sent", compile: texts(func(x *Exchange) []string { return names(x.Received(record.Request)) })},
	{Name: "has-response-header", Value: "retry-after", Help: "a header field that the browser got", compile: texts(func(x *Exchange) []string { return names(x.Sent(record.Response)) })},
	{Name: "is", Value: "blocked", Values: sorted(conditions), Help: "what the browser makes of it, or how it went", compile: condition},
	{Name: "larger-than", Value: "10k", Help: "the answer's body, in bytes, k or M", compile: largerThan},
	{Name: "method", Value: "POST", Help: "the method, or its first letters", compile: method},
	{Name: "mime-type", Value: "json", Help: "the answer's media type", compile: texts(func(x *Exchange) []string { return []string{x.Type} })},
	{Name: "scheme", Value: "https", Values: []string{"http", "https"}, Help: "the backend's scheme", compile: enum(scheme)},
	{Name: "set-cookie-domain", Value: "example.com", Help: "the domain of a cookie that the answer sets", compile: texts(setCookieDomains)},
	{Name: "set-cookie-name", Value: "csrftoken", Help: "a cookie that the answer sets", compile: texts(setCookieNames)},
	{Name: "status-code", Value: "404", Help: "the status: a number, 4xx or 400-499", compile: statusCode},
	{Name: "url", Value: "*/api/*", Help: "the URL", compile: texts(func(x *Exchange) []string { return []string{x.URL} })},

	{Name: "browser", Value: "firefox", Help: "the browser that asked", Ours: true, compile: texts(func(x *Exchange) []string {
		return []string{browser.Name(x.Received(record.Request).Get("User-Agent"))}
	})},
	{Name: "cookie", Value: "sessionid", Help: "a cookie that was sent or set", Ours: true, compile: texts(func(x *Exchange) []string { return append(sentCookies(x), setCookieNames(x)...) })},
	{Name: "origin", Value: "localhost:3000", Help: "the page's origin", Ours: true, compile: texts(func(x *Exchange) []string { return []string{x.Origin} })},
	{Name: "profile", Value: "Shop", Help: "the profile that it fell under", Ours: true, compile: texts(func(x *Exchange) []string { return []string{x.Profile} })},
	{Name: "relation", Value: "foreign", Values: []string{"allowed", "foreign", "own"}, Help: "what the page is to the profile", Ours: true, compile: enum(func(x *Exchange) string { return x.Relation })},
	{Name: "slower-than", Value: "500ms", Help: "how long it took: ms, s or m", Ours: true, compile: slowerThan},
	{Name: "state", Value: "running", Values: []string{"aborted", "done", "running"}, Help: "how far it has come", Ours: true, compile: enum(state)},
	{Name: "toggle", Value: "allow-origin", Help: "a toggle that changed something", Ours: true, compile: texts(func(x *Exchange) []string { return x.Applied })},
	{Name: "verdict", Value: "unblocked", Values: sorted(kinds), Help: "what the browser makes of it", Ours: true, compile: verdictIs},
}

// kinds are the verdicts' names.
var kinds = map[string]verdict.Kind{
	"answered": verdict.Local, "blocked": verdict.StillBlocked, "cookie-refused": verdict.CookieRefused,
	"no-help": verdict.NoHelp, "none": verdict.NoSign, "unblocked": verdict.Unblocked,
}

// conditions are what is: takes.
var conditions = map[string]func(*Exchange) bool{
	"blocked":        func(x *Exchange) bool { return x.Sign.Kind == verdict.StillBlocked },
	"changed":        func(x *Exchange) bool { return len(x.Applied) > 0 },
	"cookie-refused": func(x *Exchange) bool { return x.Sign.Kind == verdict.CookieRefused },
	"failed":         func(x *Exchange) bool { return x.Error != "" || x.State == record.Aborted },
	"local":          func(x *Exchange) bool { return x.Local },
	"preflight":      preflight,
	"refused":        func(x *Exchange) bool { return x.Refusal != nil },
	"running":        func(x *Exchange) bool { return x.State == record.Open },
	"unblocked":      func(x *Exchange) bool { return x.Sign.Kind == verdict.Unblocked },
}

// aliases are other names of keys.
var aliases = map[string]string{"applied": "toggle", "host": "domain", "status": "status-code", "type": "mime-type"}

// find returns the key of that name, in any case.
func find(name string) (*Key, bool) {
	name = strings.ToLower(name)
	if other, ok := aliases[name]; ok {
		name = other
	}
	for i := range keys {
		if keys[i].Name == name {
			return &keys[i], true
		}
	}
	return nil, false
}

// near is the key that was probably meant; "" if none is.
func near(name string) string {
	name = strings.ToLower(name)
	best, found := len(name)/3+1, ""
	for _, k := range keys {
		if d := levenshtein.ComputeDistance(name, k.Name); d < best {
			best, found = d, k.Name
		}
	}
	return found
}

func sorted[V any](m map[string]V) []string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
