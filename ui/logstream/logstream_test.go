package logstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
)

func newWriter(f Format, out io.Writer) *Writer {
	return New(out, Options{Format: f, Ring: 5000, Last: -1})
}

func entry(n int, state record.State) *record.Entry {
	return &record.Entry{
		Start: time.Date(2026, 3, 1, 9, 8, 7, 0, time.Local), Duration: 12345 * time.Microsecond,
		State: state, Method: "GET", URL: fmt.Sprintf("https://dev.example.com/%d?a=1&b=2", n),
		Host: "dev.example.com", Path: fmt.Sprintf("/%d", n), Status: 200, Type: "application/json",
		Profile: "Shop", Origin: "http://localhost:3000", Relation: "allowed",
		Applied:  []string{"allow-origin", "cookie-samesite"},
		Changes:  []record.Change{{Toggle: "allow-origin", Side: record.Response, Header: "Vary", After: []string{"Origin"}, Why: "It differs."}},
		Request:  record.Message{Proto: "HTTP/2.0", Head: record.NewHead(http.Header{"Host": {"dev.example.com"}})},
		Response: record.Message{Size: 1234, Body: []byte("secret")},
	}
}

// The names and their order are a contract.
func TestJSONLine(t *testing.T) {
	var out bytes.Buffer
	l := newWriter(JSON, &out)
	r := record.New(10)
	r.Add(entry(1, record.Done))
	if err := l.write(r, false); err != nil {
		t.Fatal(err)
	}
	e := entry(1, record.Done)
	want := `{"event":"exchange","id":1,"time":"` + e.Start.Format(time.RFC3339) + `","duration_ns":12345000,"state":"done",` +
		`"method":"GET","url":"https://dev.example.com/1?a=1&b=2","host":"dev.example.com","path":"/1","status":200,"type":"application/json",` +
		`"profile":"Shop","origin":"http://localhost:3000","relation":"allowed","applied":["allow-origin","cookie-samesite"],` +
		`"changes":[{"toggle":"allow-origin","side":"response","header":"Vary","after":["Origin"],"why":"It differs."}],` +
		`"request":{"received":{"Host":["dev.example.com"]},"sent":{"Host":["dev.example.com"]},"proto":"HTTP/2.0","size":0},` +
		`"response":{"sent":{"Vary":["Origin"]},"size":1234},"verdict":{"answered":{`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got  %swant %s", got, want)
	}
}

// A verdict knows what the browser was given before; what no browser made has none.
func TestJSONVerdict(t *testing.T) {
	var out bytes.Buffer
	l := newWriter(JSON, &out)
	r := record.New(10)
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
	login, call, curl := entry(1, record.Done), entry(2, record.Done), entry(3, record.Done)
	login.Origin, login.Changes = "https://dev.example.com", nil
	login.Request.Head = record.NewHead(http.Header{"User-Agent": {firefox}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"same-origin"}})
	login.Response.Head = record.NewHead(http.Header{"Set-Cookie": {"sessionid=1; SameSite=Lax"}})
	call.Changes = nil
	call.Request.Head = record.NewHead(http.Header{"User-Agent": {firefox}, "Origin": {call.Origin}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Storage-Access": {"none"}})
	call.Response.Head = record.NewHead(http.Header{"Access-Control-Allow-Origin": {"*"}})
	curl.Origin = ""
	curl.Request.Head = record.NewHead(http.Header{"User-Agent": {"curl/8"}})
	for _, e := range []*record.Entry{login, call, curl} {
		r.Add(e)
	}
	if err := l.write(r, false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || strings.Contains(lines[2], `"verdict"`) {
		t.Fatalf("%q", lines)
	}
	var line struct {
		Verdict struct {
			Answered struct {
				Outcome, Credentials string
				Rule                 struct{ Standard, Section, Header, Value string }
				Cookies              []struct{ Name, Outcome, Why string }
			}
			Sign struct{ Kind, Text string }
		}
	}
	if err := json.Unmarshal([]byte(lines[1]), &line); err != nil {
		t.Fatal(err)
	}
	got := line.Verdict
	if a := got.Answered; a.Outcome != "blocked" || a.Credentials != "include" || a.Rule.Section != "CORS check" || a.Rule.Header != "Access-Control-Allow-Origin" || a.Rule.Value != "*" {
		t.Errorf("%+v", a)
	}
	if c := got.Answered.Cookies; len(c) != 1 || c[0].Name != "sessionid" || c[0].Outcome != "not sent" || !strings.Contains(c[0].Why, "SameSite=Lax") {
		t.Errorf("%+v", c)
	}
	if got.Sign.Kind != "still blocked" || got.Sign.Text != "still blocked: Allow-Origin is * with credentials" {
		t.Errorf("%+v", got.Sign)
	}
}

func TestTextLine(t *testing.T) {
	broken := entry(2, record.Aborted)
	broken.Status, broken.Applied, broken.Error = 0, nil, "the backend\nis \x1b[31mdown"
	for _, c := range []struct {
		e    *record.Entry
		want string
	}{
		{entry(1, record.Done), "09:08:07  GET      200  dev.example.com/1                                   1.2 kB      12ms  Shop  allow-origin cookie-samesite"},
		{broken, "09:08:07  GET      ---  dev.example.com/2                                   1.2 kB      12ms  Shop  (broken off)  the backend; is ?[31mdown"},
	} {
		if got := textLine(c.e); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "0s",
		123456:                  "120µs",
		12345678:                "12ms",
		1234567890:              "1.23s",
		3*time.Minute + 1e9 + 1: "3m1s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}

// Each exchange is written once, when it has ended; what is lost is counted.
func TestWrite(t *testing.T) {
	r := record.New(3)
	var out bytes.Buffer
	l := newWriter(JSON, &out)
	l.options.Ring = 3
	add := func(n int, s record.State) func() { return func() { r.Add(entry(n, s)) } }
	end := func(id uint64) func() {
		return func() { e := entry(int(id), record.Done); e.ID = id; r.Update(e) }
	}
	for _, step := range []struct {
		name string
		do   []func()
		want string // paths and dropped counts
	}{
		{"nothing", nil, ""},
		{"one that ended", []func(){add(1, record.Done)}, "/1"},
		{"nothing new", nil, ""},
		{"two, one of them open", []func(){add(2, record.Open), add(3, record.Done)}, "/3"},
		{"the open one ends", []func(){end(2)}, "/2"},
		{"five at once", []func(){add(4, record.Done), add(5, record.Done), add(6, record.Done), add(7, record.Done), add(8, record.Aborted)}, "-2 /6 /7 /8"},
		{"an open one", []func(){add(9, record.Open)}, ""},
		{"which falls out", []func(){add(10, record.Done), add(11, record.Done), add(12, record.Done), end(9)}, "-1 /10 /11 /12"},
	} {
		for _, do := range step.do {
			do()
		}
		out.Reset()
		if err := l.write(r, false); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			var e struct {
				Event, Path string
				Count       int
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v in %s", step.name, err, line)
			}
			switch e.Event {
			case "exchange":
				got = append(got, e.Path)
			case "dropped":
				got = append(got, fmt.Sprint(-e.Count))
			}
		}
		if got := strings.Join(got, " "); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	if len(l.open) != 0 {
		t.Errorf("still waiting for %v", l.open)
	}
}

// What the user cleared is not missing, to who follows and to who comes later.
func TestCleared(t *testing.T) {
	r := record.New(3)
	var out, late bytes.Buffer
	l := New(&out, Options{Format: Text, Ring: 3, Last: -1})
	write := func(l *Writer) {
		t.Helper()
		if err := l.write(r, false); err != nil {
			t.Fatal(err)
		}
	}
	r.Add(entry(1, record.Done))
	r.Add(entry(2, record.Open)) // its end will not be told
	write(l)
	r.Add(entry(3, record.Done))
	r.Clear()
	next := New(&late, Options{Format: Text, Ring: 3, Last: -1, Late: true})
	write(next)
	for n := range 3 {
		r.Add(entry(4+n, record.Done))
		write(l)
		write(next)
	}
	for who, got := range map[string]string{"who follows": out.String(), "who comes later": late.String()} {
		if strings.Contains(got, "missing") || !strings.Contains(got, "/4 ") || !strings.Contains(got, "/6 ") {
			t.Errorf("%s got\n%s", who, got)
		}
	}
	if len(l.open) > 0 {
		t.Errorf("the end of %v is waited for, which were cleared", l.open)
	}
}

// stuck is a reader that has stopped reading.
type stuck chan struct{}

func (s stuck) Write(p []byte) (int, error) { <-s; return len(p), nil }

// A stuck reader stops nobody but the log, and learns later what it missed.
// An exchange that is cut off as the proxy ends may log its end a moment later.
func TestFollowWaitsForEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := record.New(10)
		open := entry(1, record.Open)
		open.ID = r.Add(open)
		var out bytes.Buffer
		l := newWriter(JSON, &out)
		stop, written := make(chan struct{}), make(chan error, 1)
		close(stop)
		go func() { written <- l.Follow(r, stop) }()
		synctest.Wait()
		if len(written) > 0 {
			t.Fatal("it ended while an exchange was open")
		}
		open.State = record.Aborted
		r.Update(open)
		if err := <-written; err != nil || !strings.Contains(out.String(), `"state":"aborted"`) {
			t.Errorf("%v: %s", err, out.String())
		}

		r.Add(entry(2, record.Open)) // which never ends
		begin := time.Now()
		if err := l.Follow(r, stop); err != nil || time.Since(begin) != lateEnd {
			t.Errorf("%v after %v, want %v", err, time.Since(begin), lateEnd)
		}
	})
}

func TestFollowStuck(t *testing.T) {
	reader := make(stuck)
	r := record.New(10)
	l := newWriter(JSON, reader)
	l.options.Ring = 10
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- l.Follow(r, stop) }()
	for n := range 100 { // none of these waits
		r.Add(entry(n, record.Done))
	}
	close(reader)
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if l.last != 100 {
		t.Errorf("read up to %d, want 100", l.last)
	}
}

func TestDroppedText(t *testing.T) {
	var out bytes.Buffer
	l := newWriter(Text, &out)
	for _, n := range []uint64{1, 12} {
		if err := l.dropped(n); err != nil {
			t.Fatal(err)
		}
	}
	l.out.Flush()
	want := "(1 exchange missing here: it fell out of the log unread)\n(12 exchanges missing here: they fell out of the log unread)\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// A refused certificate is one line, however often the client tries again.
func TestRefusalLine(t *testing.T) {
	refused := func(count int) *record.Entry {
		e := &record.Entry{
			Start: time.Date(2026, 3, 1, 9, 8, 7, 0, time.Local), State: record.Aborted, Method: http.MethodConnect,
			URL: "https://dev.example.com:443", Host: "dev.example.com:443", Path: "/", Profile: "Shop", Error: "The client does not trust it.",
			Refusal: &record.Refusal{Alert: "unknown_ca", Count: count, Last: time.Date(2026, 3, 1, 9, 8, 7, 0, time.UTC)},
		}
		e.Request.Head = record.NewHead(http.Header{"User-Agent": {"curl/7.88.1"}})
		return e
	}
	for format, want := range map[Format]string{
		Text: "09:08:07  CONNECT  ---  dev.example.com:443/                                   0 B        0s  Shop  (certificate refused by curl 7)  The client does not trust it.\n",
		JSON: `"refusal":{"alert":"unknown_ca","count":1,"last":"2026-03-01T09:08:07Z"}`,
	} {
		var out bytes.Buffer
		l := newWriter(format, &out)
		r := record.New(10)
		id := r.Add(refused(1))
		if err := l.write(r, false); err != nil {
			t.Fatal(err)
		}
		again := refused(2)
		again.ID = id
		r.Update(again)
		if err := l.write(r, false); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: got  %swant %s", format, got, want)
		}
	}
}

// Those that are there at the beginning can be bounded, and what fell out of the
// ring earlier is no loss to a late reader.
func TestOnce(t *testing.T) {
	r := record.New(5)
	for n := 1; n <= 8; n++ {
		state := record.Done
		if n == 6 {
			state = record.Open
		}
		r.Add(entry(n, state))
	}
	for _, c := range []struct {
		last   int
		filter string
		want   string
	}{
		{-1, "", "/4 /5 /6 /7 /8"},
		{2, "", "/7 /8"},
		{0, "", ""},
		{9, "", "/4 /5 /6 /7 /8"},
		{-1, "-is:running", "/4 /5 /7 /8"},
		{1, "is:running", "/6"},
		{3, "url:*/5* url:dev", "/5"},
	} {
		f, err := filter.Parse(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := New(&out, Options{Format: Text, Filter: f, Ring: 5, Late: true, Last: c.last})
		if err := w.Once(r); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			_, path, _ := strings.Cut(line, "dev.example.com")
			path, _, _ = strings.Cut(path, " ")
			got = append(got, path)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("last %d of %q: %q, want %q", c.last, c.filter, got, c.want)
		}
	}
}

// A filter sees the verdict, also of what was before it was asked.
func TestFilterByVerdict(t *testing.T) {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
	blocked, plain := entry(1, record.Done), entry(2, record.Done)
	blocked.Changes = nil
	blocked.Request.Head = record.NewHead(http.Header{"User-Agent": {firefox}, "Origin": {blocked.Origin}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"cross-site"}})
	plain.Origin = ""
	r := record.New(5)
	r.Add(blocked)
	r.Add(plain)
	f, err := filter.Parse("is:blocked")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := New(&out, Options{Format: HAR, Filter: f, Ring: 5, Last: -1}).Once(r); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"sign":{"kind":"still blocked"`) {
		t.Errorf("%s", got)
	}
}
