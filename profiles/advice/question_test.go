package advice

import "testing"

func TestParsePage(t *testing.T) {
	for in, want := range map[string]string{
		"http://localhost:3000":       "http://localhost:3000",
		" http://localhost:3000/ ":    "http://localhost:3000",
		"https://App.example.com:443": "https://app.example.com",
		"http://[::1]:3000":           "http://[::1]:3000",
		"":                            "",
		"localhost:3000":              "",
		"ftp://localhost":             "",
		"http://me@localhost:3000":    "",
		"http://localhost:3000/page":  "",
		"http://localhost:3000?a":     "",
		"http://*.example.com":        "",
		"http://localhost:99999":      "",
		"/http://localhost:[0-9]+/":   "",
		"null":                        "",
		"http://localhost:3000#a":     "",
		"http://localhost:3000\nX: y": "",
		"http://local host":           "",
		"https://bücher.example":      "https://xn--bcher-kva.example",
	} {
		got, err := ParsePage(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseBackend(t *testing.T) {
	for in, want := range map[string]string{
		"https://dev.example.com":            "https://dev.example.com/",
		" https://dev.example.com/api?x=1#y": "https://dev.example.com/api?x=1",
		"":                                   "",
		"dev.example.com":                    "",
		"ws://dev.example.com":               "",
		"https://me:pw@dev.example.com/":     "",
		"https://*.example.com/":             "",
		"https://dev.example.com:*/":         "",
	} {
		got, err := ParseBackend(in)
		if err != nil && want != "" || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v; want %q", in, got, err, want)
		}
	}
}
