package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"corsage/proxy/verdict"
)

// caseList collects the cases of the matrix.
type caseList struct {
	pages []*matrixPage
	cases []*matrixCase
}

// matrixCases makes all cases. Their names are the keys of the disagreements.
func matrixCases(pages []*matrixPage) []*matrixCase {
	l := &caseList{pages: pages}
	l.corsChecks()
	l.statuses()
	l.preflights()
	l.exposure()
	l.redirects()
	l.resourcePolicy()
	l.frames()
	l.types()
	l.connectPolicy()
	l.mixedContent()
	l.cookiesSet()
	l.cookiesSent()
	l.helpedTwins()
	return l.cases
}

// plainPages are the pages without a policy.
var plainPages = []string{pageLocalhost, pagePlain, pageHTTPS, pageSameSite, pageOtherScheme, pageSameOrigin, pageSandboxed}

func (l *caseList) page(name string) *matrixPage {
	i := slices.IndexFunc(l.pages, func(p *matrixPage) bool { return p.name == name })
	if i < 0 {
		panic("no page " + name)
	}
	return l.pages[i]
}

// add adds a case of one page; the name's parts tell it from all others.
func (l *caseList) add(page string, calls []matrixCall, name ...string) *matrixCase {
	c := &matrixCase{name: page + ": " + strings.Join(name, ", "), page: l.page(page), calls: calls}
	l.cases = append(l.cases, c)
	return c
}

// one is a single call that is answered with the fields.
func one(call matrixCall, fields ...field) []matrixCall {
	call.hops = []answerSpec{{header: fields}}
	return []matrixCall{call}
}

const (
	acao = "Access-Control-Allow-Origin"
	acac = "Access-Control-Allow-Credentials"
	acam = "Access-Control-Allow-Methods"
	acah = "Access-Control-Allow-Headers"
	aceh = "Access-Control-Expose-Headers"
	corp = "Cross-Origin-Resource-Policy"
)

// granted lets the page read an answer, with credentials too.
var granted = []field{{acao, "{page}"}, {acac, "true"}}

// variant is one way to fill a header, with a name.
type variant struct {
	name   string
	fields []field
}

func variants(header string, values ...string) []variant {
	all := []variant{{"no " + header, nil}}
	for _, v := range values {
		all = append(all, variant{header + ": " + v, []field{{header, v}}})
	}
	return all
}

// allowOrigins are the forms of Access-Control-Allow-Origin; the first few are
// those that are tried everywhere.
func allowOrigins() []variant {
	all := variants(acao, "{page}", "*", "null", "https://other.test", "{page}/", "{page}, https://other.test",
		"https://other.test {page}", "", "https://*", "localhost", "{page}:443", "true")
	return append(all,
		variant{acao + " twice, the same", []field{{acao, "{page}"}, {acao, "{page}"}}},
		variant{acao + " twice, page and other", []field{{acao, "{page}"}, {acao, "https://other.test"}}},
		variant{acao + " twice, * and page", []field{{acao, "*"}, {acao, "{page}"}}},
		variant{acao + " in capitals", []field{{acao, "{PAGE}"}}},
	)
}

func allowCredentials() []variant {
	return append(variants(acac, "true", "True", "TRUE", "false", "1", ""),
		variant{acac + " twice", []field{{acac, "true"}, {acac, "true"}}})
}

var credentialsModes = []verdict.Credentials{verdict.Omit, verdict.SameOriginOnly, verdict.Include}

// corsChecks are answers to requests that need no preflight.
func (l *caseList) corsChecks() {
	origins := allowOrigins()
	for i, o := range origins {
		for _, mode := range credentialsModes {
			all := allowCredentials()
			switch {
			case mode != verdict.Include:
				all = all[:1]
			case i != 1: // all forms of it are for the page's own origin
				all = all[:2]
			}
			for _, c := range all {
				l.add(pageLocalhost, one(matrixCall{via: viaFetch, to: "dev", credentials: mode}, slices.Concat(o.fields, c.fields)...),
					"fetch "+string(mode), o.name, c.name)
			}
		}
	}
	for _, page := range plainPages[1:] {
		for _, o := range origins[:5] {
			l.add(page, one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Omit}, o.fields...), "fetch omit", o.name)
			l.add(page, one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include}, append(slices.Clip(o.fields), field{acac, "true"})...),
				"fetch include", o.name)
		}
		l.add(page, one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include}, field{acao, "{page}"}), "fetch include, no "+acac)
	}
	for _, to := range []string{"local", "plain"} {
		for _, o := range origins[:5] {
			for _, page := range []string{pageLocalhost, pageOtherScheme} {
				l.add(page, one(matrixCall{via: viaFetch, to: to, credentials: verdict.Include}, append(slices.Clip(o.fields), field{acac, "true"})...),
					"fetch include to "+to, o.name)
			}
		}
	}
	for _, via := range []string{viaXHR, viaImage, viaScript, viaEvents} {
		for _, o := range origins[:5] {
			l.add(pageLocalhost, one(matrixCall{via: via, to: "dev", mode: verdict.CORS}, o.fields...), via+" cors same-origin", o.name)
			for _, c := range allowCredentials()[:2] {
				l.add(pageLocalhost, one(matrixCall{via: via, to: "dev", mode: verdict.CORS, credentials: verdict.Include}, slices.Concat(o.fields, c.fields)...),
					via+" cors include", o.name, c.name)
			}
		}
	}
	for _, page := range plainPages {
		for _, via := range []string{viaFetch, viaImage, viaScript} {
			l.add(page, one(matrixCall{via: via, to: "dev", mode: verdict.NoCORS, credentials: verdict.Include}), via+" no-cors")
		}
		for _, to := range []string{"dev", "local"} {
			l.add(page, one(matrixCall{via: viaSocket, to: to}), "socket to "+to)
		}
		l.add(page, one(matrixCall{via: viaFetch, to: "self"}), "fetch its own origin")
		l.add(page, one(matrixCall{via: viaFetch, to: "self", credentials: verdict.Include}, field{corp, "same-origin"}, field{"X-One", "1"}), "fetch its own origin with credentials")
	}
}

// statuses: every status is judged alike.
func (l *caseList) statuses() {
	for _, status := range []int{201, 204, 401, 404, 500} {
		for _, v := range []variant{{"granted", granted}, {"not granted", nil}} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				call := matrixCall{via: viaFetch, to: "dev", method: method, credentials: verdict.Include, hops: []answerSpec{{status: status, header: v.fields}}}
				l.add(pageLocalhost, []matrixCall{call}, fmt.Sprintf("%s answered %d", method, status), v.name)
			}
		}
	}
	for _, v := range []variant{{"granted", granted}, {"not granted", nil}} {
		l.add(pageLocalhost, one(matrixCall{via: viaFetch, to: "dev", method: http.MethodHead}, v.fields...), "HEAD", v.name)
	}
}

// preflighted is a call with a preflight; the real answer is granted.
func preflighted(call matrixCall, status int, fields ...field) []matrixCall {
	call.via, call.to = viaFetch, "dev"
	call.preflight = answerSpec{status: status, header: fields}
	return one(call, granted...)
}

func (l *caseList) preflights() {
	methods := variants(acam, "PUT", "put", "*", "GET, PUT", "GET,PUT,", "POST", "PUT PATCH", "GET, PUT, Ümlaut")
	headers := variants(acah, "x-one", "X-One", "*", "x-two", "X-Two, X-One", "X-One X-Two", "x-one, x two")
	for _, mode := range []verdict.Credentials{verdict.Omit, verdict.Include} {
		for _, m := range methods {
			l.add(pageLocalhost, preflighted(matrixCall{method: http.MethodPut, credentials: mode}, 204, slices.Concat(granted, m.fields)...),
				"PUT "+string(mode), m.name)
		}
		for _, h := range headers {
			l.add(pageLocalhost, preflighted(matrixCall{header: map[string]string{"X-One": "1"}, credentials: mode}, 204, slices.Concat(granted, h.fields)...),
				"X-One "+string(mode), h.name)
		}
		for _, v := range []string{"", "*", "authorization", "*, Authorization"} {
			l.add(pageLocalhost, preflighted(matrixCall{header: map[string]string{"Authorization": "Bearer a"}, credentials: mode}, 204, slices.Concat(granted, []field{{acah, v}})...),
				"Authorization "+string(mode), acah+": "+v)
		}
		for _, v := range []string{"", "*", "content-type", "x-one"} {
			l.add(pageLocalhost, preflighted(matrixCall{method: http.MethodPost, header: map[string]string{"Content-Type": "application/json"}, credentials: mode}, 204, slices.Concat(granted, []field{{acah, v}})...),
				"JSON POST "+string(mode), acah+": "+v)
		}
		for _, o := range allowOrigins()[:5] {
			for _, c := range allowCredentials()[:3] {
				l.add(pageLocalhost, preflighted(matrixCall{method: http.MethodPut, credentials: mode}, 204, slices.Concat(o.fields, c.fields, []field{{acam, "PUT"}})...),
					"PUT "+string(mode), "preflight with "+o.name, c.name)
			}
		}
	}
	all := slices.Concat(granted, []field{{acam, "PUT, DELETE, PATCH"}, {acah, "x-one"}})
	for _, status := range []int{200, 201, 204, 299, 301, 302, 307, 400, 401, 403, 404, 405, 500} {
		l.add(pageLocalhost, preflighted(matrixCall{method: http.MethodPut}, status, all...), fmt.Sprintf("PUT, preflight answered %d", status))
	}
	for _, method := range []string{"DELETE", "PATCH", "patch", "GET", "POST", "HEAD", "post", "put"} {
		l.add(pageLocalhost, preflighted(matrixCall{method: method, header: map[string]string{"X-One": "1"}}, 204, all...), method+" with X-One")
		l.add(pageLocalhost, preflighted(matrixCall{method: method, header: map[string]string{"X-One": "1"}}, 204, slices.Concat(granted, []field{{acah, "x-one"}})...),
			method+" with X-One, no "+acam)
	}
	for _, page := range plainPages {
		l.add(page, preflighted(matrixCall{method: http.MethodPut, credentials: verdict.Include}, 204, all...), "PUT include")
		l.add(page, preflighted(matrixCall{method: http.MethodPut, credentials: verdict.Include}, 401), "PUT include, preflight answered 401")
		l.add(page, preflighted(matrixCall{method: http.MethodPut}, 204, slices.Concat(all[1:], []field{{acao, "*"}})...), "PUT, preflight with *")
	}
	call := preflighted(matrixCall{method: http.MethodPut}, 204, all...)
	call[0].hops[0].header = nil
	l.add(pageLocalhost, call, "PUT, the real answer without "+acao)
	for _, v := range []string{"", "*", "x-one"} {
		call := preflighted(matrixCall{header: map[string]string{"X-One": "1"}}, 204, slices.Concat(granted, []field{{acah, v}})...)
		call[0].via = viaXHR
		l.add(pageLocalhost, call, "xhr X-One", acah+": "+v)
	}
}

// exposure is which headers a script reads.
func (l *caseList) exposure() {
	own := []field{{"X-One", "1"}, {"X-Two", "2"}, {"ETag", `"a"`}, {"Content-Language", "en"}, {"Expires", "0"},
		{"Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"}, {"Pragma", "no-cache"}, {"Location", "/elsewhere"}, {"Set-Cookie", "exposure=1"}}
	named := append(variants(aceh, "X-One", "x-one", "X-One, X-Two", "*", "X-One, *", "Set-Cookie", "X One", "X-One, X Two", "X-One;X-Two", "", "X-One,,X-Two", "X-Three", "Content-Length"),
		variant{aceh + " twice", []field{{aceh, "X-One"}, {aceh, "X-Two"}}})
	for _, v := range named {
		for _, mode := range []verdict.Credentials{verdict.SameOriginOnly, verdict.Include} {
			l.add(pageLocalhost, one(matrixCall{via: viaFetch, to: "dev", credentials: mode}, slices.Concat(granted, own, v.fields)...), "reads headers, fetch "+string(mode), v.name)
		}
	}
	for _, page := range plainPages {
		for _, v := range named[3:5] {
			l.add(page, one(matrixCall{via: viaXHR, to: "dev"}, slices.Concat(granted, own, v.fields)...), "reads headers by xhr", v.name)
			l.add(page, one(matrixCall{via: viaFetch, to: "dev", credentials: verdict.Include}, slices.Concat(granted, own, v.fields)...), "reads headers", v.name)
		}
	}
}

// hop is an answer that redirects to another backend.
func hop(status int, next string, fields ...field) answerSpec {
	return answerSpec{status: status, next: next, header: fields}
}

func (l *caseList) redirects() {
	last := map[string][]field{
		"granted": granted, "not granted": nil,
		"*":    {{acao, "*"}},
		"null": {{acao, "null"}, {acac, "true"}},
	}
	for _, page := range []string{pageLocalhost, pageHTTPS, pageSameOrigin, pageSandboxed} {
		for _, next := range []string{"dev", "second", "self"} {
			for _, end := range sortedKeys(last) {
				for _, mode := range []verdict.Credentials{verdict.Omit, verdict.Include} {
					call := matrixCall{via: viaFetch, to: "dev", credentials: mode, hops: []answerSpec{hop(302, next, granted...), {header: last[end]}}}
					l.add(page, []matrixCall{call}, "fetch "+string(mode)+", redirected to "+next, "the end "+end)
				}
			}
		}
		for _, status := range []int{301, 302, 303, 307, 308} {
			call := matrixCall{via: viaFetch, to: "dev", method: http.MethodPost, hops: []answerSpec{hop(status, "dev", granted...), {header: granted}}}
			l.add(page, []matrixCall{call}, fmt.Sprintf("POST redirected with %d", status))
		}
		call := matrixCall{via: viaFetch, to: "dev", hops: []answerSpec{hop(302, "dev"), {header: granted}}}
		l.add(page, []matrixCall{call}, "a redirect that is not granted")
		call = matrixCall{via: viaImage, to: "dev", mode: verdict.NoCORS, hops: []answerSpec{hop(302, "second"), {}}}
		l.add(page, []matrixCall{call}, "image redirected to second")
		call = matrixCall{via: viaFetch, to: "dev", method: http.MethodPut, preflight: answerSpec{status: 204, header: slices.Concat(granted, []field{{acam, "PUT"}})},
			hops: []answerSpec{hop(307, "dev", granted...), {header: granted}}}
		l.add(page, []matrixCall{call}, "PUT redirected")
	}
}

// sortedKeys are a map's keys in order.
func sortedKeys[K ~string | ~uint64, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
