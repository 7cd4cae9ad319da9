package proxy

import "testing"

func TestSniff(t *testing.T) {
	for first, want := range map[string]spoken{
		"GET / HTTP/1.1\r\n":               spokenHTTP,
		"GET /a HTTP/1.0\nHost: x\n":       spokenHTTP,
		"\r\nPOST http://h/ HTTP/1.1\r\n":  spokenHTTP,
		"get  /  HTTP/1.1\r\n":             spokenHTTP,
		"M-SEARCH * HTTP/1.1\r\n":          spokenHTTP,
		"GET /a%20b?c HTTP/9.9\r\n":        spokenHTTP, // for the inner server to refuse
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": spokenHTTP,
		"\x16\x03\x01\x02\x00\x01":         spokenTLS,
		"":                                 spokenUnclear,
		"\r\n":                             spokenUnclear,
		"G":                                spokenUnclear,
		"GET":                              spokenUnclear,
		"GET ":                             spokenUnclear,
		"GET /long/path?without=end":       spokenUnclear,
		"GET / HTTP/1.1":                   spokenUnclear,
		"\x16":                             spokenUnclear,
		"\x16\x16":                         spokenOther,
		"SSH-2.0-OpenSSH_9.6\r\n":          spokenOther,
		"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00": spokenOther,
		"\x00\x00\x00\x08\x04\xd2\x16\x2f":         spokenOther, // PostgreSQL's SSLRequest
		"*1\r\n$4\r\nPING\r\n":                     spokenOther, // Redis
		"get key\r\n":                              spokenOther, // memcached
		"NICK bob\r\nUSER bob 0 * :Bob\r\n":        spokenOther, // IRC
		"OPTIONS rtsp://h/ RTSP/1.0\r\n":           spokenOther,
		"GET /\r\n":                                spokenOther, // HTTP/0.9
		"\xff\xfe\x00GET / HTTP/1.1\r\n":           spokenOther,
		"G\x00":                                    spokenOther,
		" GET / HTTP/1.1\r\n":                      spokenOther,
	} {
		if got := sniff([]byte(first)); got != want {
			t.Errorf("%q is %q, want %q", first, got, want)
		}
	}
}

// A browser's request must not slip by, however it is cut into packets.
func FuzzSniffNeverLosesARequest(f *testing.F) {
	f.Add("GET", "/", 3)
	f.Add("OPTIONS", "*", 0)
	f.Add("PROPFIND", "http://example.com/ü?x=%20", 7)
	f.Fuzz(func(t *testing.T, method, target string, cut int) {
		if len(method) == 0 || len(method) > longestMethod {
			t.Skip()
		}
		for _, r := range method {
			if notInMethod(r) {
				t.Skip()
			}
		}
		for _, b := range []byte(target) {
			if b <= ' ' {
				t.Skip()
			}
		}
		if target == "" {
			t.Skip()
		}
		line := method + " " + target + " HTTP/1.1\r\n"
		if got := sniff([]byte(line)); got != spokenHTTP {
			t.Errorf("%q is %q", line, got)
		}
		part := line[:min(max(cut, 0), len(line))]
		if got := sniff([]byte(part)); got == spokenOther || got == spokenTLS {
			t.Errorf("%q, of %q, is %q", part, line, got)
		}
	})
}

func TestIsGreeting(t *testing.T) {
	for first, want := range map[string]bool{
		"SSH-2.0-OpenSSH\r\n":                  true,
		"220 mail.example.com ESMTP\r\n":       true,
		"\x4a\x00\x00\x00\x0a8.0.36\x00":       true, // MySQL
		"":                                     false,
		"HTTP/1.1 408 Request Timeout\r\n\r\n": false,
		"HTTP/1.0 400 Bad request\r\n\r\n":     false,
		"\x15\x03\x03\x00\x02\x01\x00":         false, // close_notify
	} {
		if got := isGreeting([]byte(first)); got != want {
			t.Errorf("%q: %v", first, got)
		}
	}
}

func TestOffersHTTP(t *testing.T) {
	for _, c := range []struct {
		protocols []string
		want      bool
	}{
		{nil, true}, {[]string{"h2", "http/1.1"}, true}, {[]string{"http/1.0"}, true}, {[]string{"imap", "http/1.1"}, true},
		{[]string{"imap"}, false}, {[]string{"postgresql"}, false}, {[]string{"mqtt", "x-amzn-mqtt-ca"}, false},
	} {
		if got := offersHTTP(c.protocols); got != c.want {
			t.Errorf("%q: %v", c.protocols, got)
		}
	}
}
