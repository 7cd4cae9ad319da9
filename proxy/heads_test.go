package proxy_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fields returns the field lines of a head, without its first line and the mark
// by which a proxy knows a request that comes round (RFC 8586).
func fields(head string) []string {
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	return slices.DeleteFunc(lines[1:], func(l string) bool { return strings.HasPrefix(l, "Cdn-Loop: corsage-") })
}

// What a request says in its fields is at the backend, but for what belongs to
// the hop and what net/http can't write otherwise: the names are in canonical
// case and in alphabetical order, after Host and User-Agent. Names mean the same
// in any case, and order means something within one name only (RFC 9110,
// sections 5.1 and 5.3); HTTP/2 has lower case only.
func TestRequestFields(t *testing.T) {
	long := strings.Repeat("c", 200<<10) // net/http takes up to 1 MiB of them
	for _, c := range []struct {
		name      string
		send, get []string
	}{
		{"none", nil, nil},
		{"canonical case", []string{"x-lower: 1", "X-UPPER: 2", "x_under: 3"}, []string{"X-Lower: 1", "X-Upper: 2", "X_under: 3"}},
		{"order within a name", []string{"X-A: 2", "X-B: x", "X-A: 1", "x-a: 3"}, []string{"X-A: 2", "X-A: 1", "X-A: 3", "X-B: x"}},
		{"bytes of any kind", []string{"X-Text: gr\xc3\xbc\xc3\x9fe \xe4\xff", "X-Marks: \"\\,;=<>@[]{}()/?:"}, []string{"X-Marks: \"\\,;=<>@[]{}()/?:", "X-Text: gr\xc3\xbc\xc3\x9fe \xe4\xff"}},
		{"a tab inside", []string{"X-Tab: a\tb  c"}, []string{"X-Tab: a\tb  c"}},
		{"empty", []string{"X-Empty:", "Accept:"}, []string{"Accept: ", "X-Empty: "}},
		{"space around", []string{"X-Space: \t a \t"}, []string{"X-Space: a"}},
		{"cookies", []string{"Cookie: a=b; c=\"d, e\"; \xe4=\xc3\xa4; =x; f; g=1=2;;h={\"i\":[1]}"}, []string{"Cookie: a=b; c=\"d, e\"; \xe4=\xc3\xa4; =x; f; g=1=2;;h={\"i\":[1]}"}},
		{"two cookie lines", []string{"Cookie: a=1", "Cookie: b=2"}, []string{"Cookie: a=1", "Cookie: b=2"}},
		{"a User-Agent", []string{"User-Agent: Mozilla/5.0 (X11; Linux x86_64)"}, []string{"User-Agent: Mozilla/5.0 (X11; Linux x86_64)"}},
		{"an empty User-Agent says nothing", []string{"User-Agent:"}, nil},
		{"Accept-Encoding", []string{"Accept-Encoding: br;q=1.0, *;q=0"}, []string{"Accept-Encoding: br;q=1.0, *;q=0"}},
		{"authorization", []string{"Authorization: Bearer a.b-c_d~e+f/g=="}, []string{"Authorization: Bearer a.b-c_d~e+f/g=="}},
		{"forwarded by another", []string{"X-Forwarded-For: 1.2.3.4", "Via: 1.1 other", "Max-Forwards: 3"}, []string{"Max-Forwards: 3", "Via: 1.1 other", "X-Forwarded-For: 1.2.3.4"}},
		{"hop by hop", []string{"Connection: x-hop, keep-alive", "X-Hop: 1", "Keep-Alive: 5", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eDp5", "TE: trailers, deflate"}, []string{"Te: trailers"}},
		{"long", []string{"Cookie: " + long}, []string{"Cookie: " + long}},
		{"a length without a body, but where it must stand", []string{"Content-Length: 0"}, nil},
	} {
		secure, plain := newWitness(t, true, noBody), newWitness(t, false, noBody)
		r := start(t, rawRule(t, "https://example.com", secure.Server), rawRule(t, "http://dev.test", plain.Server))
		for scheme, host := range map[string]string{"https": "example.com", "http": "dev.test", "": strings.TrimPrefix(plain.URL, "http://")} {
			t.Run(c.name+" "+scheme, func(t *testing.T) {
				w, target := plain, "http://"+host+"/"
				if scheme == "https" {
					w, target = secure, "/"
				} else {
					scheme = "http"
				}
				conn, br := r.dial(t, scheme, host)
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nhOST: %s\r\n%s\r\n", target, host, strings.Join(append(c.send, ""), "\r\n"))
				resp, err := http.ReadResponse(br, nil)
				if err != nil || resp.StatusCode != 200 {
					t.Fatalf("%v %v", resp, err)
				}
				heads := w.seen()
				if len(heads) != 1 {
					t.Fatalf("the backend saw %q", heads)
				}
				if want := append([]string{"Host: " + host}, c.get...); !slices.Equal(fields(heads[0]), want) {
					t.Errorf("the backend saw %.300q, want %.300q", fields(heads[0]), want)
				}
			})
		}
	}
}

// The fields of an answer arrive as those of a request do. net/http has its own
// words for a status, which no browser shows for https, as HTTP/2 has none; and
// it dates what has no date (RFC 9110, section 6.6.1).
func TestAnswerFields(t *testing.T) {
	const date = "Date: Mon, 23 Nov 2026 09:00:00 GMT"
	for _, c := range []struct{ name, answer, want string }{
		{"bytes of any kind", "HTTP/1.1 200 OK\r\nX-Text: gr\xc3\xbc\xc3\x9fe \xe4\xff\tx\r\n" + date, "HTTP/1.1 200 OK|" + date + "|X-Text: gr\xc3\xbc\xc3\x9fe \xe4\xff\tx"},
		{"order within a name", "HTTP/1.1 200 OK\r\nlink: <b>\r\nX-A: 1\r\nLink: <a>\r\n" + date, "HTTP/1.1 200 OK|" + date + "|Link: <b>|Link: <a>|X-A: 1"},
		{"cookies", "HTTP/1.1 200 OK\r\nSet-Cookie: a=\"b c\"; Path=/; Weird; SameSite=Odd\r\nSet-Cookie: =x\r\nSet-Cookie: \xe4=\xc3\xa4; Expires=Thu, 01-Jan-70 00:00:00 GMT\r\n" + date,
			"HTTP/1.1 200 OK|" + date + "|Set-Cookie: a=\"b c\"; Path=/; Weird; SameSite=Odd|Set-Cookie: =x|Set-Cookie: \xe4=\xc3\xa4; Expires=Thu, 01-Jan-70 00:00:00 GMT"},
		{"empty", "HTTP/1.1 200 OK\r\nX-Empty:\r\n" + date, "HTTP/1.1 200 OK|" + date + "|X-Empty: "},
		{"no reason", "HTTP/1.1 200\r\n" + date, "HTTP/1.1 200 OK|" + date},
		{"empty reason", "HTTP/1.1 404 \r\n" + date, "HTTP/1.1 404 Not Found|" + date},
		{"a reason of its own", "HTTP/1.1 200 Alles klar\r\n" + date, "HTTP/1.1 200 OK|" + date},
		{"a status of its own", "HTTP/1.1 599 Odd\r\n" + date, "HTTP/1.1 599 status code 599|" + date},
		{"the last status", "HTTP/1.1 999 Request denied\r\n" + date, "HTTP/1.1 999 status code 999|" + date},
		{"hop by hop", "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 1\r\n" + date, "HTTP/1.1 200 OK|" + date + "|X-Kept: 1"},
		{"an old version", "HTTP/1.0 200 OK\r\n" + date, "HTTP/1.1 200 OK|" + date},
	} {
		answer := func(string, string) string { return c.answer + "\r\nContent-Length: 0\r\n\r\n" }
		secure, plain := newWitness(t, true, answer), newWitness(t, false, answer)
		r := start(t, rawRule(t, "https://example.com", secure.Server), rawRule(t, "http://dev.test", plain.Server))
		for scheme, host := range map[string]string{"https": "example.com", "http": "dev.test", "": strings.TrimPrefix(plain.URL, "http://")} {
			t.Run(c.name+" "+scheme, func(t *testing.T) {
				target := "http://" + host + "/"
				if scheme == "https" {
					target = "/"
				} else {
					scheme = "http"
				}
				conn, br := r.dial(t, scheme, host)
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host)
				head, _, err := readMessage(br)
				if err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
				rest := slices.DeleteFunc(lines[1:], func(l string) bool { return l == "Content-Length: 0" })
				slices.SortStableFunc(rest, func(a, b string) int {
					a, _, _ = strings.Cut(a, ":")
					b, _, _ = strings.Cut(b, ":")
					return strings.Compare(a, b)
				})
				if got := strings.Join(append([]string{lines[0]}, rest...), "|"); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		}
	}
}

// A status that is none is the backend's fault, not a broken connection.
func TestImpossibleStatus(t *testing.T) {
	for _, line := range []string{"HTTP/1.1 099 Low", "HTTP/1.1 000 None", "HTTP/1.1 20 Short", "HTTP/1.1 2000 Long", "HTTP/1.1 abc Word", "HTTP/1.1"} {
		b := newWitness(t, false, func(string, string) string { return line + "\r\nContent-Length: 0\r\n\r\n" })
		r := start(t, rawRule(t, "https://example.com", b.Server))
		for _, base := range []string{"https://example.com", b.URL} {
			if resp, body := get(t, r.client, base+"/"); resp.StatusCode != http.StatusBadGateway || !strings.HasPrefix(body, "Corsage: ") {
				t.Errorf("%q from %s: %d %s", line, base, resp.StatusCode, body)
			}
		}
	}
}
