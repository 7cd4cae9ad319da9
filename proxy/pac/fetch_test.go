package pac

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFetch(t *testing.T) {
	const text = "function FindProxyForURL() { return 'PROXY bücher.test:1' }"
	latin1 := strings.ReplaceAll(text, "ü", "\xfc")
	dir := t.TempDir()
	file := filepath.Join(dir, "a b.pac")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	serve := func(path, contentType, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte(body))
		})
	}
	serve("/utf8", ContentType, text)
	serve("/latin1", ContentType, latin1)
	serve("/late", ContentType, strings.Repeat("// plain\n", 200)+text)
	serve("/told", "text/plain; charset=iso-8859-1", latin1)
	serve("/bom", "text/html", "\xef\xbb\xbf"+text)
	serve("/utf16", "", "\xff\xfe"+strings.Join(strings.Split("var a;", ""), "\x00")+"\x00")
	serve("/meta", "text/html", "// <meta charset=utf-16>\n"+text)
	serve("/long", ContentType, strings.Repeat("/", MaxText+1))
	mux.Handle("/moved", http.RedirectHandler("/utf8", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // is not asked
	fileURL := (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()

	for _, c := range []struct{ address, want, fault string }{
		{server.URL + "/utf8", text, ""},
		{server.URL + "/latin1", text, ""},
		{server.URL + "/late", strings.Repeat("// plain\n", 200) + text, ""},
		{server.URL + "/told", text, ""},
		{server.URL + "/bom", text, ""},
		{server.URL + "/utf16", "var a;", ""},
		{server.URL + "/meta", "// <meta charset=utf-16>\n" + text, ""},
		{server.URL + "/moved", text, ""},
		{server.URL + "/round", "", "stopped after 10 redirects"},
		{server.URL + "/long", "", "larger than"},
		{server.URL + "/missing", "", "404"},
		{"http://me:secret@127.0.0.1:1/", "", "http://me:xxxxx@127.0.0.1:1/"},
		{fileURL, text, ""},
		{fileURL + ".gone", "", "no such file"},
		{"file://" + filepath.ToSlash(dir), "", "no file"},
		{"data:,var%20a;", "var a;", ""},
		{"data:application/x-ns-proxy-autoconfig;base64,dmFyIGE7", "var a;", ""},
		{"data:;charset=iso-8859-1,%FC", "ü", ""},
		{"data:,%FC", "ü", ""},
		{"data:x", "", "no comma"},
		{"data:;base64,%", "", "invalid"},
		{"data:;base64,x", "", "illegal base64"},
		{"ftp://a.test/", "", "must be http, https, file or data"},
		{"", "", "must be http, https, file or data"},
		{"http://a b/", "", "no URL"},
	} {
		got, err := Fetch(t.Context(), c.address)
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && (!strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %.90q, %v", c.address, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Fetch(ctx, server.URL+"/slow"); err == nil {
		t.Error("a server that says nothing is waited for")
	}
}

// FuzzFetch: no data: URL does more than fail.
func FuzzFetch(f *testing.F) {
	for _, s := range []string{",a", ";base64,YQ==", "text/html;charset=utf-16,%FF%FEa%00", ";charset=,", ";base64,", "a;b;c=\"d,e\",f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := parseData("data:" + string(data))
		if err == nil && len(text) > 4*MaxText {
			t.Errorf("%d bytes", len(text))
		}
		if rest, ok := bytes.CutPrefix(data, []byte(",")); ok && len(rest) > 0 && !bytes.ContainsAny(rest, "%") && err == nil && bytes.IndexFunc(rest, func(r rune) bool { return r > '~' }) < 0 && text != string(rest) {
			t.Errorf("%q became %q", rest, text)
		}
	})
}
