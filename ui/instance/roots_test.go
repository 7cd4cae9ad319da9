package instance

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"corsage/profiles"
)

// A running instance tells its roots, in the same words to everybody.
func TestRoots(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs})
	if roots, err := FindRoots(t.Context(), dirs); err != nil || len(roots) != 0 || len(i.CAs()) != 0 {
		t.Errorf("without profiles there are %v, %v", roots, err)
	}
	for name, backend := range map[string]string{"Shop": "https://dev.example.com", "Other": "https://10.0.0.5:8443", "Plain": "http://plain.test"} {
		if err := i.Store.Create(profiles.Profile{Name: name, Backends: []profiles.Backend{{URL: backend}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.Store.SetEnabled("Shop", true); err != nil {
		t.Fatal(err)
	}
	roots := i.Roots()
	if len(roots) != 2 || roots[0].Profile != "Other" || roots[0].Enabled || roots[1].Profile != "Shop" || !roots[1].Enabled {
		t.Fatalf("the roots are %+v", roots)
	}
	shop := roots[1]
	if filepath.Base(shop.File) != "shop.yaml" || !reflect.DeepEqual(shop.Hosts, []string{"dev.example.com"}) || shop.Renewed != "" || time.Until(shop.Until) < 700*24*time.Hour {
		t.Errorf("the root is %+v", shop)
	}
	if text, err := os.ReadFile(shop.Cert); err != nil || string(text) != string(shop.PEM) {
		t.Errorf("its file has %s, %v", text, err)
	}
	if _, err := tls.LoadX509KeyPair(shop.Cert, shop.Key); err != nil {
		t.Error(err)
	}
	all, err := os.ReadFile(dirs.CertPath())
	if err != nil || i.CertPath() != dirs.CertPath() {
		t.Error(i.CertPath(), err)
	}
	for _, text := range []string{string(all), body(t, "http://"+i.Addr()+"/ca.pem")} {
		if strings.Count(text, "BEGIN CERTIFICATE") != 2 || !strings.Contains(text, string(shop.PEM)) || strings.Contains(text, "PRIVATE") {
			t.Errorf("all roots are %s", text)
		}
	}
	status, err := NewClient(dirs).Status(t.Context())
	if err != nil || !reflect.DeepEqual(status.Roots, i.Roots()) {
		t.Errorf("the status has %+v, %v", status.Roots, err)
	}
	if found, err := FindRoots(t.Context(), dirs); err != nil || !reflect.DeepEqual(found, i.Roots()) {
		t.Errorf("found were %+v, %v", found, err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if stored, err := FindRoots(t.Context(), dirs); err != nil || !reflect.DeepEqual(stored, roots) {
		t.Errorf("stored are %+v, %v", stored, err)
	}
}

// A profile that gains a host while a browser uses it: what is open goes on, new
// connections need the new root, and the page says that it was renewed.
func TestProfileGainsAHost(t *testing.T) {
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
	defer backend.Close()
	i, _ := begin(t, Options{Dirs: testDirs(t)})
	shop := profiles.Profile{Name: "Shop", Backends: []profiles.Backend{{URL: "https://dev.example.com", Upstream: backend.URL, Insecure: true}}}
	if err := i.Store.Create(shop); err != nil {
		t.Fatal(err)
	}
	if err := i.Store.SetEnabled("Shop", true); err != nil {
		t.Fatal(err)
	}
	client := func() *http.Client {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(i.Roots()[0].PEM)
		transport := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: i.Addr()}), TLSClientConfig: &tls.Config{RootCAs: pool}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport, Timeout: time.Minute}
	}
	get := func(c *http.Client, url string) error {
		resp, err := c.Get(url)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body) // so that the connection is used again
			_ = resp.Body.Close()
		}
		return err
	}
	before := client()
	if err := get(before, "https://dev.example.com/"); err != nil {
		t.Fatal(err)
	}
	shop.Backends = append(shop.Backends, profiles.Backend{URL: "https://new.test", Upstream: backend.URL, Insecure: true})
	if err := i.Store.Update("Shop", shop); err != nil {
		t.Fatal(err)
	}
	if err := get(before, "https://dev.example.com/"); err != nil {
		t.Errorf("over the open connection: %v", err)
	}
	before.CloseIdleConnections()
	if err := get(before, "https://dev.example.com/"); err == nil {
		t.Error("a new connection was accepted by who trusts the old root")
	}
	after := client()
	for _, url := range []string{"https://dev.example.com/", "https://new.test/"} {
		if err := get(after, url); err != nil {
			t.Error(err)
		}
	}
	retired, err := i.RetiredRoots()
	if err != nil || len(retired) != 1 {
		t.Fatalf("retired are %v, %v", retired, err)
	}
	notice := i.Roots()[0].Renewed
	if page := body(t, "http://"+i.Addr()+"/"); !strings.Contains(notice, "does not cover new.test") || !strings.Contains(page, notice) {
		t.Errorf("the notice is %q, the page %s", notice, page)
	}
	if err := i.ForgetRoots(retired[0].Fingerprint); err != nil {
		t.Fatal(err)
	}
	if notice := i.Roots()[0].Renewed; notice != "" {
		t.Errorf("once the old one is forgotten: %q", notice)
	}
}

// Roots are looked at all the time that Corsage runs, at least once a day.
func TestRootsAreLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int32
		stop, done := make(chan struct{}), make(chan struct{})
		go func() { defer close(done); renew(func() { looks.Add(1) }, stop) }()
		for day := range 3 {
			before := looks.Load()
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			if looks.Load() == before {
				t.Errorf("not on day %d", day+1)
			}
		}
		close(stop)
		<-done
	})
}

// Where roots can't be kept at all, everything else works.
func TestStartWhereNoRootCanBe(t *testing.T) {
	dirs := testDirs(t)
	if err := os.WriteFile(dirs.Authority, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	i, _ := begin(t, Options{Dirs: dirs})
	if err := i.Store.Create(profiles.Profile{Name: "Shop", Backends: []profiles.Backend{{URL: "https://dev.example.com"}, {URL: "http://plain.test"}}}); err != nil {
		t.Fatal(err)
	}
	if err := i.Store.SetEnabled("Shop", true); err != nil {
		t.Fatal(err)
	}
	if len(i.Server.Ruleset().Rules()) != 2 || len(i.Roots()) != 0 {
		t.Error("the profile is not applied")
	}
	if err := i.Store.Err(); err == nil || !strings.Contains(err.Error(), "Shop") {
		t.Errorf("the Store says %v", err)
	}
}
