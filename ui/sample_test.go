package ui

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"image/png"

	"fyne.io/fyne/v2"

	"corsage/proxy/record"
)

// noon is when sample exchanges begin.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local) }

// sampleEntry is a credentialed cross-origin GET as it passes with everything on.
func sampleEntry(n int) *record.Entry {
	page, backend := "http://localhost:3000", "https://dev.example.com"
	e := &record.Entry{
		Start: noon().Add(time.Duration(n) * 137 * time.Millisecond), Duration: 84 * time.Millisecond, State: record.Done,
		Method: "GET", URL: backend + fmt.Sprintf("/api/orders/%d/?page=2", n), Host: "dev.example.com", Path: fmt.Sprintf("/api/orders/%d/", n),
		Status: 200, Type: "application/json", Profile: "Shop", Origin: page, Relation: "allowed",
		Applied: []string{"rewrite-origin", "rewrite-referer", "allow-origin", "allow-credentials", "expose-headers"},
	}
	received := http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip, deflate, br, zstd"}, "Cookie": {"sessionid=u8f0c2h1k5v; csrftoken=9fQ0pXn"},
		"Origin": {page}, "Referer": {page + "/orders"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"cross-site"},
		"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
	}
	sent := received.Clone()
	sent.Set("Origin", backend)
	sent.Set("Referer", backend+"/")
	sent.Set("Sec-Fetch-Site", "same-origin")
	e.Request = record.Message{Proto: "HTTP/2.0", Head: record.NewHead(received)}
	body := []byte(`{"count":2,"results":[{"id":1,"total":"12.50","paid":true},{"id":2,"total":"8.00","paid":false}]}`)
	answered := http.Header{
		"Allow": {"GET, POST, HEAD, OPTIONS"}, "Content-Type": {"application/json"}, "Server": {"gunicorn"},
		"Vary": {"Accept, Cookie"}, "X-Frame-Options": {"DENY"}, "X-Total-Count": {"2"},
	}
	delivered := answered.Clone()
	delivered.Set("Access-Control-Allow-Origin", page)
	delivered.Set("Access-Control-Allow-Credentials", "true")
	delivered.Set("Access-Control-Expose-Headers", "Allow, Server, X-Total-Count")
	delivered.Set("Vary", "Accept, Cookie, Origin")
	e.Response = record.Message{
		Proto: "HTTP/1.1", Size: int64(len(body)), Body: body,
		Head: record.NewHead(answered),
	}
	change := func(side record.Side, toggle, header, why string) {
		before, after := received, sent
		if side == record.Response {
			before, after = answered, delivered
		}
		e.Changes = append(e.Changes, record.Change{Toggle: toggle, Side: side, Header: header, Before: before[header], After: after[header], Why: why})
	}
	change(record.Request, "rewrite-origin", "Origin", "The backend compares Origin with its own host and would refuse the page's.")
	change(record.Request, "rewrite-referer", "Referer", "Over https Django compares the Referer with its own host.")
	change(record.Request, "rewrite-fetch-site", "Sec-Fetch-Site", "The request is to look as the backend's own page would send it.")
	change(record.Response, "allow-origin", "Access-Control-Allow-Origin", "The profile allows this page's origin, and the browser wants to read it here.")
	change(record.Response, "allow-origin", "Vary", "The answer differs by origin: caches must know.")
	change(record.Response, "allow-credentials", "Access-Control-Allow-Credentials", "Without it the browser hides the answer to a request with cookies.")
	change(record.Response, "expose-headers", "Access-Control-Expose-Headers", "With credentials * is no wildcard, so the names are listed.")
	return e
}

// setCookie gives an entry's answer a cookie that cookie-samesite changed.
func setCookie(e *record.Entry, from, to string) {
	h := e.Response.Head.Header()
	h["Set-Cookie"] = []string{from}
	e.Response.Head = record.NewHead(h)
	e.Changes = append(e.Changes, record.Change{
		Toggle: "cookie-samesite", Side: record.Response, Header: "Set-Cookie", Before: []string{from}, After: []string{to},
		Why: "For a page on another site a cookie must be SameSite=None, and that is kept with Secure only.",
	})
}

// sampleEntries are one of each kind, n in all.
func sampleEntries(n int) []*record.Entry {
	var list []*record.Entry
	for i := range n {
		e := sampleEntry(i + 1)
		switch i % 11 {
		case 1:
			e.Method, e.Status, e.Type, e.Duration = "OPTIONS", 204, "", 300*time.Microsecond
			e.Applied = []string{"answer-preflight", "allow-origin", "allow-credentials", "preflight-max-age"}
			e.Local, e.Response.Body, e.Response.Size, e.Response.Proto = true, nil, 0, ""
			e.Changes = append(e.Changes, record.Change{Toggle: "answer-preflight", Side: record.Response, Header: ":status", After: []string{"No Content"}, Why: "Backends behind a login refuse preflights, which carry no cookies: answered here."})
		case 2:
			e.Method, e.Duration, e.Status = "POST", 212*time.Millisecond, 201
			e.Request.Body = []byte(`{"sku":"A-17","amount":3}`)
			e.Request.Size = int64(len(e.Request.Body))
			e.Applied = append(e.Applied, "csrf-token", "hold-session")
			setCookie(e, "sessionid=u8f0c2h1k5v; HttpOnly; Path=/; SameSite=Lax", "sessionid=u8f0c2h1k5v; HttpOnly; Path=/; SameSite=None; Secure")
		case 3:
			e.Status, e.Type = 304, ""
		case 4:
			e.Status, e.Type, e.Response.Size = 403, "text/html", 1384
			e.Applied, e.Changes = nil, nil // as with its toggles off
		case 5:
			e.Status, e.Error, e.Type = 502, "the upstream dev.example.com:443 refused the connection: is the backend running, and is the VPN up?", "text/plain"
		case 6:
			e.Type, e.State, e.Duration, e.Response.Size = "text/event-stream", record.Open, 42*time.Second, 48_211
			e.Path, e.URL = "/events/", "https://dev.example.com/events/"
		case 7:
			e.Type, e.Status, e.State, e.Duration = "websocket", 101, record.Open, 3*time.Minute
			e.Path, e.URL = "/ws/notifications/", "https://dev.example.com/ws/notifications/"
		case 8:
			e.Relation, e.Origin, e.Applied, e.Changes = "foreign", "https://evil.example", []string{"guard"}, nil
		case 9:
			e.Type, e.Response.Size = "image/png", 240_113
			e.Path, e.URL = "/media/products/very/long/path/to/an/image/that/does/not/fit/into/its/column/4711.png", "https://dev.example.com/media/products/very/long/path/to/an/image/that/does/not/fit/into/its/column/4711.png"
		case 10:
			e.Status, e.State, e.Error = 0, record.Aborted, "the browser went away"
		}
		list = append(list, e)
	}
	return list
}

// shoot writes what a window shows into the folder that CORSAGE_SCREENSHOTS
// names, if it does.
func shoot(t *testing.T, c fyne.Canvas, name string) {
	t.Helper()
	folder := os.Getenv("CORSAGE_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(folder, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, c.Capture()); err != nil {
		t.Fatal(err)
	}
}
