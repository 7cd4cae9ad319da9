package filter

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

// call is a page's credentialed POST, which was unblocked.
func call() *Exchange {
	return NewExchange(&record.Entry{
		ID: 1, Start: time.Date(2026, 11, 23, 12, 0, 1, 0, time.Local), Duration: 840 * time.Millisecond, State: record.Done,
		Method: "POST", URL: "https://dev.example.com:8443/api/orders/7?page=2,3", Host: "dev.example.com:8443", Path: "/api/orders/7",
		Status: 404, Type: "application/problem+json", Profile: "My Shop", Origin: "http://localhost:3000", Relation: "allowed",
		Applied: []string{"allow-origin", "cookie-samesite"},
		Changes: []record.Change{{Side: record.Response, Header: "Access-Control-Allow-Origin", After: []string{"http://localhost:3000"}}},
		Request: record.Message{Head: record.NewHead(http.Header{"User-Agent": {firefox}, "Cookie": {"sessionid=1; csrftoken=2"}, "Authorization": {"x"}})},
		Response: record.Message{Size: 2500, Head: record.NewHead(http.Header{
			"Set-Cookie": {"theme=dark; Domain=.example.com", "seen=1"}, "Retry-After": {"3"},
		})},
	}, verdict.Sign{Kind: verdict.Unblocked, Text: "unblocked by Corsage"})
}

// ask is a preflight that Corsage answered for a stream that has not ended.
func ask() *Exchange {
	return NewExchange(&record.Entry{
		ID: 2, State: record.Open, Method: "OPTIONS", URL: "http://shop.test/", Host: "shop.test", Local: true, Relation: "foreign", Error: "no such host",
		Request: record.Message{Head: record.NewHead(http.Header{"Access-Control-Request-Method": {"PUT"}})},
	}, verdict.Sign{Kind: verdict.StillBlocked, Text: "still blocked: no Allow-Origin"})
}

func TestMatch(t *testing.T) {
	const both, first, second, none = "call ask", "call", "ask", ""
	for _, c := range []struct{ text, want string }{
		{"", both}, {"   ", both},
		// words
		{"orders", first}, {"ORDERS", first}, {"post orders", first}, {"post nothing", none}, {"shop", both},
		{"12:00:01", first}, {"localhost:3000", first}, {"https://dev", first}, {"http://shop.test/", second}, {"unblocked", first},
		{"my shop", first}, {"shop my", first}, {`"my shop"`, first}, {`"shop my"`, none}, {"cookie-samesite", first}, {"post404", none}, {"404https", none},
		{"-orders", second}, {`-"my shop"`, second}, {"-orders -shop.test", none}, {"-", both}, {"api/orders/7?page=2,3", first}, {"/api/orders", first},
		{"no such host", second}, {`"no such host"`, second}, {"failed", none},
		// regular expressions
		{`/orders\/\d+/`, first}, {`/ORDERS.\d$/`, none}, {`/page=2,3$/`, first}, {`-/orders/`, second}, {"/shop\\.test/", second}, {"/", both}, {"//", both},
		// keys of DevTools
		{"method:POST", first}, {"method:post", first}, {"method:p", first}, {`method:"p"`, none}, {`method:"options"`, second}, {"method:POST,OPTIONS", both}, {"method:GET,put", none}, {"-method:POST", second},
		{"METHOD:post", first},
		{"status-code:404", first}, {"status-code:4xx", first}, {"status-code:4XX", first}, {"status-code:400-410", first}, {"status-code:200,404", first}, {"status-code:405-499", none}, {"status:404", first},
		{"-status-code:404", second},
		{"domain:dev.example.com", first}, {"domain:example.com", first}, {`domain:"example.com"`, none}, {`domain:"dev.example.com"`, first}, {`domain:"dev.example.com:8443"`, first},
		{"domain:*.example.com", first}, {"domain:*.com", first}, {"domain:example.*", none}, {"-domain:example.com", second}, {"domain:shop.test,dev", both}, {"host:shop", second},
		{"url:orders", first}, {"url:https://dev*", first}, {"url:*page=2,3", first}, {"url:*page", none}, {"url:http://", second}, {"url:page=2,3", first},
		{"scheme:https", first}, {"scheme:http", second}, {"scheme:HTTPS", first},
		{"mime-type:json", first}, {"mime-type:application/*", first}, {"mime-type:application/json", none}, {"type:problem", first},
		{"larger-than:2k", first}, {"larger-than:2.5k", none}, {"larger-than:2499", first}, {"larger-than:1M", none}, {"-larger-than:2k", second}, {"larger-than:2KiB", first},
		{"has-response-header:retry-after", first}, {"has-response-header:access-control-allow-origin", first}, {"has-response-header:x", none}, {"has-request-header:authorization", first},
		{"has-request-header:access-control-request-*", second},
		{"cookie-name:sessionid", first}, {"cookie-name:theme", none}, {"set-cookie-name:theme", first}, {"set-cookie-name:sessionid", none},
		{"set-cookie-domain:example.com", first}, {`set-cookie-domain:"example.com"`, first}, {`set-cookie-domain:"dev.example.com"`, first},
		// ours
		{"cookie:csrftoken", first}, {"cookie:seen", first}, {"cookie:other", none},
		{"is:unblocked", first}, {"is:blocked", second}, {"is:blocked,unblocked", both}, {"is:preflight", second}, {"is:running", second}, {"is:local", second}, {"is:changed", first}, {"is:failed", second},
		{"is:cookie-refused,refused", none}, {"-is:preflight", first},
		{"verdict:unblocked", first}, {"verdict:blocked", second}, {"verdict:no-help,none", none},
		{"state:running", second}, {"state:done", first}, {"state:aborted", none},
		{"profile:shop", first}, {`profile:"My Shop"`, first}, {`profile:"Shop"`, none}, {"profile:my*", first},
		{"origin:localhost:3000", first}, {"origin:http://localhost:3000", first}, {"origin:*:3000", first}, {"-origin:localhost", second},
		{"browser:firefox", first}, {"browser:chrome", none},
		{"relation:foreign", second}, {"relation:own,allowed", first},
		{"toggle:allow-origin", first}, {"applied:cookie*", first}, {"toggle:cookie", first}, {`toggle:"cookie"`, none},
		{"slower-than:500ms", first}, {"slower-than:500", first}, {"slower-than:1s", none},
		// together
		{"is:unblocked method:POST -status-code:2xx orders", first}, {"is:unblocked is:blocked", none},
	} {
		f, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var got []string
		if f.Match(call()) {
			got = append(got, "call")
		}
		if f.Match(ask()) {
			got = append(got, "ask")
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q chooses %q, want %q", c.text, got, c.want)
		}
		if f.Empty() != (strings.TrimSpace(c.text) == "") {
			t.Errorf("%q: Empty is %t", c.text, f.Empty())
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{`"two words`, 1, `does not end: add a "`},
		{`a -profile:"My`, 12, `does not end: add a "`},
		{`"a"b`, 4, "a blank is missing behind the quote"},
		{`/(/`, 2, "this is no regular expression: missing closing ): `(`"},
		{"stauts-code:404", 1, `there is no key "stauts-code"; did you mean "status-code"?`},
		{"get -mthod:POST", 6, `there is no key "mthod"; did you mean "method"?`},
		{"foo:bar", 1, `there is no key "foo"; put quotes around the text if it is one`},
		{"method:", 8, "method: needs a value, such as method:POST"},
		{"is:", 4, "is: needs a value, such as is:blocked; it may be blocked, changed, cookie-refused, failed, local, preflight, refused, running or unblocked"},
		{"é is:blokced", 6, `is: knows no "blokced"; it may be blocked, changed`},
		{"is:blocked,x", 12, `is: knows no "x"`},
		{"is:blocked,", 12, "is: needs a value"},
		{"state:open", 7, `state: knows no "open"; it may be aborted, done or running`},
		{"scheme:ftp", 8, "it may be http or https"},
		{"relation:friend", 10, "it may be allowed, foreign or own"},
		{"verdict:bad", 9, "it may be answered, blocked, cookie-refused, no-help, none or unblocked"},
		{"status-code:4", 13, `"4" is no status; it may be a number such as 404, 4xx or 400-499`},
		{"status-code:499-400", 13, "the wrong way round"},
		{"larger-than:big", 13, `"big" is no size; it may be a number of bytes, 10k or 1.5M`},
		{"larger-than:16EB", 13, "is no size"},
		{"slower-than:fast", 13, `"fast" is no time; it may be 500ms, 2s or 1m30s`},
		{"slower-than:-1s", 13, "is no time"},
	} {
		_, err := Parse(c.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if e.Column != c.column || !strings.Contains(e.Text(), c.want) {
			t.Errorf("%q: at %d: %s; want %d, %s", c.text, e.Column, e.Text(), c.column, c.want)
		}
	}
}

// Each key's own example is understood, and its list of values whole.
func TestKeys(t *testing.T) {
	for i, k := range Keys() {
		for _, v := range append(slices.Clone(k.Values), k.Value) {
			if _, err := Parse(k.Name + ":" + v); err != nil {
				t.Errorf("%s:%s: %v", k.Name, v, err)
			}
		}
		if k.Help == "" || i > 0 && k.Ours == keys[i-1].Ours && k.Name < keys[i-1].Name {
			t.Errorf("%s: has no help, or stands out of order", k.Name)
		}
	}
}

func TestComplete(t *testing.T) {
	values := func(key string) []string {
		if key == "profile" {
			return []string{"My Shop", "Other", "Odd"}
		}
		return nil
	}
	for text, want := range map[string][]string{
		"":                       nil,
		"a ":                     nil,
		"sta":                    {"state:", "status-code:"},
		"get -Sta":               {"get -state:", "get -status-code:"},
		"is:":                    {"is:blocked", "is:changed", "is:cookie-refused", "is:failed", "is:local", "is:preflight", "is:refused", "is:running", "is:unblocked"},
		"is:B":                   {"is:blocked"},
		"is:blocked":             nil,
		"x is:blocked,pre":       {"x is:blocked,preflight"},
		"profile:":               {`profile:"My Shop"`, "profile:Other", "profile:Odd"},
		`profile:"My`:            {`profile:"My Shop"`},
		"profile:O":              {"profile:Other", "profile:Odd"},
		"method:":                nil,
		"nothing:":               nil,
		`"in a quote sta`:        nil,
		`"a quote" sta`:          {`"a quote" state:`, `"a quote" status-code:`},
		"status:":                nil,
		"localhost:3000 -toggle": {"localhost:3000 -toggle:"},
	} {
		var got []string
		for _, c := range Complete(text, values) {
			got = append(got, c.Text)
			if !strings.HasSuffix(c.Text, c.Word) || c.Help == "" {
				t.Errorf("%q: %+v", text, c)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{`is:blocked,x -domain:"a b" /x\/y/ larger-than:1k`, `"a\"\\b" status-code:4xx-`, "-", "--a", `-"`, "é:é", `url:*,"`, "is:\u00a0"} {
		f.Add(text)
	}
	x, y := call(), ask()
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text)
		if err != nil {
			var e *Error
			if n := len([]rune(text)); !errors.As(err, &e) || e.Column < 1 || e.Column > n+1 || e.Message == "" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		// What an expression chooses, its opposite does not, for one word.
		words, _ := split(text)
		if len(words) == 1 && !words[0].not {
			not, err := Parse("-" + strings.TrimSpace(text))
			if err == nil && !strings.HasPrefix(strings.TrimSpace(text), "-") && (not.Match(x) == parsed.Match(x) || not.Match(y) == parsed.Match(y)) {
				t.Errorf("%q and its opposite agree", text)
			}
		}
		for _, c := range Complete(text, nil) {
			if !strings.HasSuffix(c.Text, c.Word) {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}
