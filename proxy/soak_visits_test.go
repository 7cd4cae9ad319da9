package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// backend answers what visitors of a soak ask. Every answer carries the number
// of its request.
func (s *soak) backend(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	w.Header().Set("X-Id", id)
	w.Header().Set("X-Seen", r.Header.Get("X-Mark"))
	switch r.URL.Path {
	case "/echo":
		sum := sha256.New()
		if _, err := io.Copy(sum, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		size, _ := strconv.Atoi(r.FormValue("size"))
		if r.FormValue("length") != "" {
			w.Header().Set("Content-Length", strconv.Itoa(len(id)+66+size))
		}
		fmt.Fprintf(w, "%s %x ", id, sum.Sum(nil))
		_, _ = w.Write(bytes.Repeat([]byte("x"), size))
	case "/events":
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 5 {
			fmt.Fprintf(w, "data: %s/%d\n\n", id, i)
			_ = http.NewResponseController(w).Flush()
		}
	case "/hang":
		_ = http.NewResponseController(w).Flush()
		gone(r)
		panic(http.ErrAbortHandler)
	case "/wait":
		gone(r)
	case "/break":
		_, _ = io.WriteString(w, id)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case "/socket":
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow()
		for {
			kind, data, err := c.Read(context.WithoutCancel(r.Context()))
			if err != nil || c.Write(context.WithoutCancel(r.Context()), kind, data) != nil {
				return
			}
		}
	}
}

// gone waits until the client has gone. Before a body was read, net/http doesn't
// look.
func gone(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// visitor is one browser: it visits until ctx ends, and then leaves nothing open.
func (s *soak) visitor(ctx context.Context, rnd *rand.Rand) {
	clients := []*http.Client{s.clientOf(s.t, false), s.clientOf(s.t, true)}
	defer func() {
		for _, c := range clients {
			c.CloseIdleConnections()
		}
	}()
	visits := []struct {
		kind string
		make func(*http.Client, *rand.Rand)
	}{
		{"echo", s.echo}, {"echo", s.echo}, {"echo", s.echo}, {"echo", s.echo},
		{"events", s.events}, {"socket", func(_ *http.Client, rnd *rand.Rand) { s.socket(clients[0], rnd) }}, {"leave", s.leave}, {"break", s.breaks},
		{"fault", s.fault}, {"fault2", s.fault2}, {"raw", s.rawVisit},
	}
	for ctx.Err() == nil {
		v := visits[rnd.IntN(len(visits))]
		v.make(clients[rnd.IntN(len(clients))], rnd)
		s.count(v.kind)
		if rnd.IntN(100) == 0 {
			clients[rnd.IntN(len(clients))].CloseIdleConnections()
		}
	}
}

// address returns where an exchange of its own goes, and its number.
func (s *soak) address(rnd *rand.Rand, path string) (url, id string) {
	id = strconv.FormatInt(s.next.Add(1), 10)
	return s.sound[rnd.IntN(len(s.sound))] + path + "?id=" + id, id
}

// whole reports whether one ruleset, or none, touched both halves of an exchange.
func (s *soak) whole(resp *http.Response, id string) {
	if seen, mark := resp.Header.Get("X-Seen"), resp.Header.Get("X-Mark"); seen != mark {
		s.fail("%s: the request went by %q, the answer by %q", resp.Request.URL, seen, mark)
	}
	if got := resp.Header.Get("X-Id"); got != id {
		s.fail("%s got the answer to %q", resp.Request.URL, got)
	}
}

func (s *soak) echo(c *http.Client, rnd *rand.Rand) {
	url, id := s.address(rnd, "/echo")
	size := rnd.IntN(1 << rnd.IntN(18))
	url += "&size=" + strconv.Itoa(size)
	if rnd.IntN(2) == 0 {
		url += "&length=1"
	}
	var data []byte
	var body io.Reader
	method := http.MethodGet
	if rnd.IntN(2) == 0 {
		method = http.MethodPut
		data = bytes.Repeat([]byte(id), rnd.IntN(1<<rnd.IntN(16)))
		body = bytes.NewReader(data)
		if rnd.IntN(2) == 0 {
			body = struct{ io.Reader }{body} // of unknown length
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), method, url, body)
	if err != nil {
		s.fail("%v", err)
		return
	}
	resp, err := c.Do(req)
	if err != nil {
		s.fail("%s %s: %v", method, url, err)
		return
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	want := fmt.Sprintf("%s %x %s", id, sha256.Sum256(data), strings.Repeat("x", size))
	if err != nil || string(got) != want || resp.StatusCode != 200 {
		s.fail("%s %s: %d, %d bytes of %d, %v: %.200q", method, url, resp.StatusCode, len(got), len(want), err, got)
		return
	}
	s.whole(resp, id)
}

func (s *soak) events(c *http.Client, rnd *rand.Rand) {
	url, id := s.address(rnd, "/events")
	resp, err := c.Get(url)
	if err != nil {
		s.fail("%s: %v", url, err)
		return
	}
	defer resp.Body.Close()
	s.whole(resp, id)
	lines := bufio.NewScanner(resp.Body)
	for i := range 5 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %s/%d", id, i) {
			s.fail("%s: event %d: %q %v", url, i, lines.Text(), lines.Err())
			return
		}
		lines.Scan()
		if rnd.IntN(20) == 0 {
			return // it has seen enough
		}
	}
}

func (s *soak) socket(c *http.Client, rnd *rand.Rand) {
	url, id := s.address(rnd, "/socket")
	if strings.Contains(url, s.plain) {
		return // a flip closes it, so that the browser comes back through the new rules
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http"), &websocket.DialOptions{HTTPClient: c})
	if err != nil {
		s.fail("%s: %v", url, err)
		return
	}
	defer ws.CloseNow()
	for range rnd.IntN(5) {
		msg := bytes.Repeat([]byte(id), rnd.IntN(2000))
		if err := ws.Write(ctx, websocket.MessageBinary, msg); err != nil {
			s.fail("%s: %v", url, err)
			return
		}
		if _, got, err := ws.Read(ctx); err != nil || !bytes.Equal(got, msg) {
			s.fail("%s: %d bytes came back as %d: %v", url, len(msg), len(got), err)
			return
		}
	}
	if rnd.IntN(2) == 0 {
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}
}

// leave goes while an exchange is under way.
func (s *soak) leave(c *http.Client, rnd *rand.Rand) {
	url, _ := s.address(rnd, []string{"/hang", "/wait", "/events", "/echo"}[rnd.IntN(4)])
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rnd.IntN(20))*time.Millisecond)
	defer cancel()
	var body io.Reader
	if rnd.IntN(2) == 0 {
		rest, begin := io.Pipe()
		body = rest
		go func() { _, _ = begin.Write(make([]byte, 1000)); <-ctx.Done(); _ = begin.CloseWithError(ctx.Err()) }()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		s.fail("%v", err)
		return
	}
	if resp, err := c.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// breaks asks for what breaks off.
func (s *soak) breaks(c *http.Client, rnd *rand.Rand) {
	url, id := s.address(rnd, "/break")
	resp, err := c.Get(url)
	if err != nil {
		s.fail("%s: %v", url, err)
		return
	}
	defer resp.Body.Close()
	s.whole(resp, id)
	if got, err := io.ReadAll(resp.Body); err == nil || string(got) != id {
		s.fail("%s: %q, %v", url, got, err)
	}
}

// fault asks a backend that fails as the table says.
func (s *soak) fault(c *http.Client, rnd *rand.Rand) {
	i := rnd.IntN(len(http1Faults))
	want := http1Faults[i]
	if want.answer == nil || want.status == http.StatusGatewayTimeout {
		return
	}
	base := "https://faulty1.example.com"
	switch {
	case want.over:
		base = "http://excess.test"
	case rnd.IntN(2) == 0:
		base = "http://faulty.test"
	}
	url := fmt.Sprintf("%s/fault/%d?%d", base, i, s.next.Add(1))
	resp, err := c.Get(url)
	if err != nil {
		s.fail("%s %s: %v", base, want.name, err)
		return
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	switch {
	case want.over: // see TestHTTP1Faults: here no time is left to drop the rest
	case resp.StatusCode != want.status, want.text == "" && string(got) != want.body, !strings.Contains(string(got), want.text), (err != nil) != want.broken:
		s.fail("%s %s: %d %.300q %v; the log has %q", base, want.name, resp.StatusCode, got, err, s.logged(url))
	}
}

// logged is what the log says of how the exchange with url ended.
func (s *soak) logged(url string) string {
	list, _ := s.recorder.Since(0)
	for _, e := range list {
		if e.URL == url {
			return fmt.Sprint(e.State, " ", e.Error)
		}
	}
	return "nothing"
}

// fault2 asks a backend that fails over HTTP/2, which takes other streams of the
// same connection along: any failure is right, but none that hangs.
func (s *soak) fault2(c *http.Client, _ *rand.Rand) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://faulty2.example.com/", nil)
	if err != nil {
		s.fail("%v", err)
		return
	}
	resp, err := c.Do(req)
	if err != nil {
		s.fail("%s: %v", req.URL, err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

// rawVisit opens a connection and leaves in the middle of a word.
func (s *soak) rawVisit(_ *http.Client, rnd *rand.Rand) {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.fail("%v", err)
		return
	}
	words := []string{
		"CONNECT one.example.com:443 HTTP/1.1\r\nHost: one.example.com:443\r\n\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"CONNECT dev.test:80 HTTP/1.1\r\nHost: dev.test:80\r\n\r\nGET /wait HTTP/1.1\r\nHost: dev.test\r\n\r\n",
		"POST http://dev.test/echo HTTP/1.1\r\nHost: dev.test\r\nContent-Length: 100\r\n\r\nhalf",
		"CONNECT " + s.plain + " HTTP/1.1\r\nHost: " + s.plain + "\r\n\r\nGET /wait HTTP/1.1\r\nHost: x\r\n\r\n",
	}
	word := words[rnd.IntN(len(words))]
	_, _ = io.WriteString(conn, word[:1+rnd.IntN(len(word))])
	if rnd.IntN(2) == 0 {
		_ = conn.SetReadDeadline(time.Now().Add(time.Duration(rnd.IntN(10)) * time.Millisecond))
		_, _ = conn.Read(make([]byte, 100))
	}
	if rnd.IntN(2) == 0 {
		reset(conn)
	}
	_ = conn.Close()
}
