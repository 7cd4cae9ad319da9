package instance

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGuarded(t *testing.T) {
	h := guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"127.0.0.1:8899":           http.StatusNoContent,
		"127.0.0.1":                http.StatusNoContent,
		"localhost:8899":           http.StatusNoContent,
		"[::1]:8899":               http.StatusNoContent,
		"[::1]":                    http.StatusNoContent,
		"":                         http.StatusMisdirectedRequest,
		"evil.example":             http.StatusMisdirectedRequest,
		"evil.example:8899":        http.StatusMisdirectedRequest,
		"localhost.evil.example":   http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example":   http.StatusMisdirectedRequest,
		"127.0.0.1:8899.evil.com":  http.StatusMisdirectedRequest,
		"192.168.0.1:8899":         http.StatusMisdirectedRequest,
		"evil.example:80:8899":     http.StatusMisdirectedRequest,
		"[::1].evil.example:8899":  http.StatusMisdirectedRequest,
		"evil.example/@127.0.0.1:": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
		if got := w.Header(); got.Get("X-Content-Type-Options") != "nosniff" ||
			got.Get("Cross-Origin-Resource-Policy") != "same-origin" || got["Access-Control-Allow-Origin"] != nil {
			t.Errorf("Host %q: the header lets other pages in: %v", host, got)
		}
	}
}
