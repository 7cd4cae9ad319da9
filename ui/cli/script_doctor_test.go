package cli_test

import (
	"cmp"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// sick NAME [https] starts a backend that pages can't call: one that wants a
// login of every request that has no cookie of its own, preflights too. The script
// then has $NAME for its URL, and its certificate in NAME.pem. What it was asked
// is a line each in NAME.log.
func sick(ts *testscript.TestScript, _ bool, args []string) {
	log := ts.MkAbs(args[0] + ".log")
	mux := http.NewServeMux()
	mux.HandleFunc("/healthy/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Allow-Headers", "content-type")
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "sessionid=1; Path=/; HttpOnly; SameSite=Lax")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/accounts/login/?next="+r.URL.Path, http.StatusFound)
	})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Origin"), cmp.Or(r.Header.Get("Cookie"), "-")}, " ") + "\n")
			_ = f.Close()
		}
		if err != nil {
			panic(err)
		}
		mux.ServeHTTP(w, r)
	})
	s := httptest.NewUnstartedServer(handler)
	if len(args) > 1 {
		s.StartTLS()
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), cert, 0o600))
	} else {
		s.Start()
	}
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}
