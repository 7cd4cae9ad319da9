package e2e

import (
	"fmt"
	"slices"
	"strings"

	"corsage/proxy/verdict"
)

// cookieLine is a Set-Cookie line; {name} stands for a name of the case's own.
type cookieLine struct {
	line   string
	prefix string // of the name
}

// crossing are the attributes with which an https backend's cookie crosses sites.
const crossing = "; SameSite=None; Secure"

// cookieLines are what an https backend sets.
var cookieLines = []cookieLine{
	{line: "{name}=1"},
	{line: "{name}=1; SameSite=Lax"},
	{line: "{name}=1; SameSite=Strict"},
	{line: "{name}=1; SameSite=None"},
	{line: "{name}=1; SameSite=None; Secure"},
	{line: "{name}=1; Secure"},
	{line: "{name}=1; SameSite=Lax; Secure"},
	{line: "{name}=1; SameSite=Strict; Secure; HttpOnly"},
	{line: "{name}=1; samesite=NONE; SECURE"},
	{line: "{name}=1; SameSite=bogus; Secure"},
	{line: "{name}=1; SameSite; Secure"},
	{line: "{name}=1; SameSite=Lax; SameSite=None; Secure"},
	{line: "{name}=1; SameSite=None; SameSite=Lax; Secure"},
	{line: "{name}=1; SameSite=None; Secure; Partitioned"},
	{line: "{name}=1; SameSite=None; Secure; Partitioned; Path=/"},
	{line: "{name}=1; SameSite=None; Partitioned"},
	{line: "{name}=1; Secure; Partitioned"},
	{line: "{name}=1; SameSite=Lax; Secure; Partitioned"},
	{line: "{name}=1; Path=/" + crossing, prefix: "__Host-"},
	{line: "{name}=1; Path=/; Partitioned" + crossing, prefix: "__Host-"},
	{line: "{name}=1" + crossing, prefix: "__Host-"},
	{line: "{name}=1; Path=/case" + crossing, prefix: "__Host-"},
	{line: "{name}=1; Path=/; Domain={site}" + crossing, prefix: "__Host-"},
	{line: "{name}=1; Path=/; SameSite=None", prefix: "__Host-"},
	{line: "{name}=1; Path=/; Domain={site}" + crossing, prefix: "__HOST-"},
	{line: "{name}=1" + crossing, prefix: "__Secure-"},
	{line: "{name}=1; SameSite=Lax", prefix: "__Secure-"},
	{line: "{name}=1; SameSite=Lax", prefix: "__SECURE-"},
}

// formLines are what an https backend sets, in all forms that have nothing to do
// with sites.
var formLines = []cookieLine{
	{line: "{name}=1; Domain=dev.{site}" + crossing},
	{line: "{name}=1; Domain=DEV.{site}" + crossing},
	{line: "{name}=1; Domain={site}" + crossing},
	{line: "{name}=1; Domain=.{site}" + crossing},
	{line: "{name}=1; Domain=other.test" + crossing},
	{line: "{name}=1; Domain=second.{site}" + crossing},
	{line: "{name}=1; Domain=x.dev.{site}" + crossing},
	{line: "{name}=1; Domain=ev.{site}" + crossing},
	{line: "{name}=1; Domain=test" + crossing},
	{line: "{name}=1; Domain=.test" + crossing},
	{line: "{name}=1; Domain=" + crossing},
	{line: "{name}=1; Domain" + crossing},
	{line: "{name}=1; Domain=other.test; Domain=dev.{site}" + crossing},
	{line: "{name}=1; Path=/" + crossing},
	{line: "{name}=1; Path=/cas" + crossing},
	{line: "{name}=1; Path=/case" + crossing},
	{line: "{name}=1; Path=/case/" + crossing},
	{line: "{name}=1; Path=/Case" + crossing},
	{line: "{name}=1; Path=elsewhere" + crossing},
	{line: "{name}=1; Path=/elsewhere" + crossing},
	{line: "{name}=1; Path=" + crossing},
	{line: "{name}=1; Max-Age=0" + crossing},
	{line: "{name}=1; Max-Age=-1" + crossing},
	{line: "{name}=1; Max-Age=3600" + crossing},
	{line: "{name}=1; Max-Age=soon" + crossing},
	{line: "{name}=1; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT" + crossing},
	{line: "{name}=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT" + crossing},
	{line: "{name}=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT" + crossing},
	{line: "{name}=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT" + crossing},
	{line: "{name}=1; Expires=Friday, 01-Jan-69 00:00:00 GMT" + crossing},
	{line: "{name}=1; Expires=never" + crossing},
	{line: "{name}={4096}" + crossing},
	{line: "{name}={4097}" + crossing},
	{line: "{name}=1; Path={1024}" + crossing},
	{line: "{name}=1; Path={1025}" + crossing},
	{line: "{name}=1; Max-Age=0; Domain={1025}" + crossing},
	{line: `{name}="quoted"` + crossing},
	{line: "{name}=" + crossing},
	{line: "{name} = 1 " + crossing},
	{line: "{name}=a,b c=d" + crossing},
	{line: "{name}=ä" + crossing},
	{line: "{name}=1; Priority=High; Unknown" + crossing},
	{line: "{name}=1;" + crossing},
	{line: "{name}=a\tb" + crossing},
}

// plainLines are what a plain http backend sets.
var plainLines = []cookieLine{
	{line: "{name}=1"},
	{line: "{name}=1; SameSite=Lax"},
	{line: "{name}=1; SameSite=Strict"},
	{line: "{name}=1; SameSite=None"},
	{line: "{name}=1; SameSite=None; Secure"},
	{line: "{name}=1; SameSite=Lax; Secure"},
	{line: "{name}=1; Secure"},
	{line: "{name}=1; SameSite=None; Secure; Partitioned"},
	{line: "{name}=1; SameSite=Lax; Secure", prefix: "__Secure-"},
	{line: "{name}=1; SameSite=Lax; Secure; Path=/", prefix: "__Host-"},
	{line: "{name}=1; SameSite=Lax", prefix: "__Secure-"},
	{line: "{name}=a\x01b; SameSite=Lax"},
	{line: "{name}=a\x7fb; SameSite=Lax"},
	{line: "{name}=1; Path=/\x01; SameSite=Lax"},
	{line: "{name}=1; SameSite=Lax; Domain=plain.{site}"},
	{line: "{name}=1; SameSite=Lax; Domain=localhost"},
}

// setting returns the name and the line of a case's cookie. The name has ten
// characters after its prefix.
func (l *caseList) setting(c cookieLine) (name, line string) {
	name = fmt.Sprintf("%sc%09d", c.prefix, len(l.cases))
	line = strings.ReplaceAll(c.line, "{name}", name)
	for _, size := range []int{4096, 4097} { // of name and value together
		line = strings.ReplaceAll(line, fmt.Sprintf("{%d}", size), strings.Repeat("v", size-len(name)))
	}
	for _, size := range []int{1024, 1025} { // of an attribute's value
		line = strings.ReplaceAll(line, fmt.Sprintf("{%d}", size), "/"+strings.Repeat("v", size-1))
	}
	return name, line
}

// credentialed is a call with credentials whose answer is granted.
func credentialed(to string, fields ...field) matrixCall {
	return one(matrixCall{via: viaFetch, to: to, credentials: verdict.Include}, slices.Concat(granted, fields)...)[0]
}

// cookiesSet: a page's request is given a cookie. It asks again, and so does the
// backend's own page.
func (l *caseList) cookiesSet() {
	set := func(page, to string, c cookieLine) *matrixCase {
		name, line := l.setting(c)
		again := credentialed(to)
		added := l.add(page, []matrixCall{credentialed(to, field{"Set-Cookie", line}), again}, "cookie of "+to, c.prefix+c.line)
		added.cookie, added.after = name, []matrixCall{again}
		return added
	}
	for _, page := range plainPages {
		for _, c := range cookieLines {
			set(page, "dev", c)
		}
	}
	for _, page := range []string{pageLocalhost, pageSameOrigin} {
		for _, c := range formLines {
			set(page, "dev", c).after = nil
		}
	}
	for _, page := range []string{pageLocalhost, pageOtherScheme, pageSandboxed} {
		for _, c := range plainLines {
			set(page, "plain", c)
			set(page, "local", c)
		}
	}
	// The ways in which an answer may come.
	line := cookieLine{line: "{name}=1" + crossing}
	for _, page := range []string{pageLocalhost, pageHTTPS, pageSameSite} {
		add := func(what string, set func(field) matrixCall) {
			name, text := l.setting(line)
			c := l.add(page, []matrixCall{set(field{"Set-Cookie", text}), credentialed("dev")}, "cookie", what)
			c.cookie = name
		}
		for _, mode := range credentialsModes {
			add("set to a fetch with credentials "+string(mode), func(f field) matrixCall {
				return one(matrixCall{via: viaFetch, to: "dev", credentials: mode}, append(slices.Clone(granted), f)...)[0]
			})
		}
		add("set by an answer that is not granted", func(f field) matrixCall {
			return one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include}, f)[0]
		})
		add("set to a no-cors fetch", func(f field) matrixCall {
			return one(matrixCall{via: viaFetch, to: "dev", mode: verdict.NoCORS, credentials: verdict.Include}, f)[0]
		})
		add("set by an image", func(f field) matrixCall {
			return one(matrixCall{via: viaImage, to: "dev", mode: verdict.NoCORS}, f)[0]
		})
		add("set by a cors image without credentials", func(f field) matrixCall {
			return one(matrixCall{via: viaImage, to: "dev", mode: verdict.CORS}, append(slices.Clone(granted), f)...)[0]
		})
		add("set by an event stream", func(f field) matrixCall {
			return one(matrixCall{via: viaEvents, to: "dev", credentials: verdict.Include}, append(slices.Clone(granted), f)...)[0]
		})
		add("set by a WebSocket's handshake", func(f field) matrixCall {
			return one(matrixCall{via: viaSocket, to: "dev"}, f)[0]
		})
		add("set by a preflight", func(f field) matrixCall {
			return preflighted(matrixCall{method: "PUT", credentials: verdict.Include}, 204, append(slices.Clone(granted), field{acam, "PUT"}, f)...)[0]
		})
		add("set by a redirect", func(f field) matrixCall {
			return matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include,
				hops: []answerSpec{hop(302, "dev", append(slices.Clone(granted), f)...), {header: granted}}}
		})
		// Given, and taken away again.
		name, text := l.setting(line)
		c := l.add(page, []matrixCall{
			credentialed("dev", field{"Set-Cookie", text}),
			credentialed("dev", field{"Set-Cookie", text + "; Max-Age=0"}),
			credentialed("dev"),
		}, "cookie", "taken away again")
		c.cookie = name
	}
}

// cookiesSent: the backend's own page was given a cookie, and then another page
// calls.
func (l *caseList) cookiesSent() {
	lines := []cookieLine{
		{line: "{name}=1"},
		{line: "{name}=1; SameSite=Lax"},
		{line: "{name}=1; SameSite=Strict"},
		{line: "{name}=1; Secure"},
		{line: "{name}=1" + crossing},
		{line: "{name}=1; Partitioned" + crossing},
		{line: "{name}=1; SameSite=Lax; Domain={site}"},
		{line: "{name}=1; Domain={site}" + crossing},
		{line: "{name}=1; Path=/", prefix: "Host"},
		{line: "{name}=1; Path=/; Secure", prefix: "__Host-"},
	}
	calls := []struct {
		name string
		call matrixCall
	}{
		{"fetch include", matrixCall{via: viaFetch, credentials: verdict.Include}},
		{"fetch same-origin", matrixCall{via: viaFetch}},
		{"fetch omit", matrixCall{via: viaFetch, credentials: verdict.Omit}},
		{"POST include", matrixCall{via: viaFetch, method: "POST", credentials: verdict.Include}},
		{"xhr include", matrixCall{via: viaXHR, credentials: verdict.Include}},
		{"fetch no-cors include", matrixCall{via: viaFetch, mode: verdict.NoCORS, credentials: verdict.Include}},
		{"image", matrixCall{via: viaImage, mode: verdict.NoCORS}},
		{"image cors include", matrixCall{via: viaImage, mode: verdict.CORS, credentials: verdict.Include}},
		{"script cors same-origin", matrixCall{via: viaScript, mode: verdict.CORS}},
		{"events include", matrixCall{via: viaEvents, credentials: verdict.Include}},
		{"socket", matrixCall{via: viaSocket}},
	}
	for _, page := range append(slices.Clone(plainPages), pageCredless) {
		for _, line := range lines {
			for i, call := range calls {
				if i > 0 && line.line != "{name}=1"+crossing && (line.line != "{name}=1; SameSite=Lax" || page != pageSameSite) ||
					i > 0 && (page == pagePlain || page == pageOtherScheme) {
					continue
				}
				name, text := l.setting(line)
				call.call.to = "dev"
				fields := granted
				if call.call.via == viaSocket {
					fields = nil
				}
				c := l.add(page, one(call.call, fields...), "the own page's cookie", line.prefix+line.line, call.name)
				c.cookie = name
				c.before = []matrixCall{credentialed("dev", field{"Set-Cookie", text})}
			}
		}
	}
	for _, page := range []string{pageHTTPS, pageSameSite, pageOtherScheme} {
		for _, line := range lines[:5] {
			for _, via := range []string{viaLink, viaForm} {
				name, text := l.setting(line)
				c := l.add(page, one(matrixCall{via: via, to: "dev"}), "the own page's cookie", line.line, via)
				c.cookie = name
				c.before = []matrixCall{credentialed("dev", field{"Set-Cookie", text})}
			}
		}
	}
	for _, page := range []string{pageLocalhost, pagePlain, pageOtherScheme, pageHTTPS} {
		for _, to := range []string{"local", "plain"} {
			if page == pageHTTPS && to == "plain" {
				continue // mixed content
			}
			for _, line := range plainLines[:5] {
				name, text := l.setting(line)
				c := l.add(page, []matrixCall{credentialed(to)}, "the own page's cookie at "+to, line.line)
				c.cookie = name
				c.before = []matrixCall{credentialed(to, field{"Set-Cookie", text})}
			}
		}
	}
}
