package cli_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// backend NAME starts an https server that knows nothing of CORS. The script
// then has $NAME for its URL, and its certificate in NAME.pem.
func backend(ts *testscript.TestScript, _ bool, args []string) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello from ", args[0])
	})
	mux.HandleFunc("GET /login/{who}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "id="+r.PathValue("who")+"-secret; Path=/; HttpOnly")
		w.Header().Add("Set-Cookie", "keep=1; SameSite=Lax; Max-Age=3600")
	})
	mux.HandleFunc("GET /whoami", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Header.Get("Cookie"))
	})
	// A stream that says one thing and then stays open.
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	s := httptest.NewTLSServer(mux)
	ts.Defer(s.Close)
	ts.Defer(s.CloseClientConnections)
	ts.Setenv(args[0], s.URL)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), cert, 0o600))
}

// fetch [-direct] [-first] [-until REGEXP] [-H NAME:VALUE]... URL prints status,
// header and body of a GET through $proxy that trusts $ca, with the Origin of a
// frontend. With -first it leaves after the first bytes of the body, with -until
// it asks again until what it prints matches. Negated, it must get no answer.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	var direct, first bool
	var again *regexp.Regexp
	header := http.Header{"Origin": {"http://localhost:3000"}}
	for len(args) > 1 {
		switch args[0] {
		case "-direct":
			direct = true
		case "-first":
			first = true
		case "-until":
			again = regexp.MustCompile(`(?m)` + args[1])
			args = args[1:]
		case "-H":
			name, value, _ := strings.Cut(args[1], ":")
			header.Set(name, strings.TrimSpace(value))
			args = args[1:]
		default:
			ts.Fatalf("fetch: unknown argument %q", args[0])
		}
		args = args[1:]
	}
	transport := new(http.Transport)
	if !direct {
		transport = throughProxy(ts)
	}
	defer transport.CloseIdleConnections()
	var text string
	var err error
	get := func() bool {
		text, err = get(transport, args[0], header, first)
		return again == nil || err == nil && again.MatchString(text)
	}
	if again != nil {
		await(ts, args[0]+" to be answered with "+again.String(), get)
	} else {
		get()
	}
	if neg != (err != nil) {
		ts.Fatalf("fetch %s: error %v", args[0], err)
	}
	_, _ = io.WriteString(ts.Stdout(), text)
}

// throughProxy returns a client's transport that uses $proxy and trusts $ca, as
// well as the backends' own certificates, which tunnelled connections show.
func throughProxy(ts *testscript.TestScript) *http.Transport {
	roots := x509.NewCertPool()
	for _, file := range []string{ts.Getenv("ca"), "site.pem", "other.pem"} {
		if data, err := os.ReadFile(ts.MkAbs(file)); err == nil {
			roots.AppendCertsFromPEM(data)
		}
	}
	return &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: ts.Getenv("proxy")}),
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}
}

// hold URL begins a GET through $proxy as fetch does, and keeps it open until
// the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	transport := throughProxy(ts)
	ts.Defer(transport.CloseIdleConnections)
	req, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	req.Header.Set("Origin", "http://localhost:3000")
	resp, err := transport.RoundTrip(req)
	ts.Check(err)
	ts.Defer(func() { resp.Body.Close() })
	_, err = resp.Body.Read(make([]byte, 64))
	ts.Check(err)
}

func get(t *http.Transport, url string, header http.Header, first bool) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	req.Header = header.Clone()
	req.Host = header.Get("Host")
	resp, err := t.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", resp.Status)
	_ = resp.Header.Write(&text)
	text.WriteString("\n")
	if first {
		b := make([]byte, 64)
		n, err := resp.Body.Read(b)
		text.Write(b[:n])
		return text.String(), err
	}
	_, err = io.Copy(&text, resp.Body)
	return text.String(), err
}

// occupy ADDRESS listens there until the script ends. The script then has $occupied for the address.
func occupy(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("occupied", l.Addr().String())
}

// free NAME finds a port that nothing uses. The script then has $NAME for its address.
func free(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], l.Addr().String())
}
