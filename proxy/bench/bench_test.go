//go:build bench

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What frames an answer is all that the client reads of it.
func TestClient(t *testing.T) {
	for name, c := range map[string]struct {
		answers string
		sizes   []int64
		fault   string
	}{
		"length": {
			answers: "HTTP/1.1 200 OK\r\ncontent-length:  5\r\nX: y\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
			sizes:   []int64{5, 0},
		},
		"chunks": {
			answers: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n" +
				"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			sizes: []int64{15, 2},
		},
		"refused":   {answers: "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", fault: "502 Bad Gateway"},
		"truncated": {answers: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", fault: "EOF"},
		"no length": {answers: "HTTP/1.1 200 OK\r\n\r\nhello\r\n", fault: "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := net.Pipe()
			defer here.Close()
			if err := here.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			sent := request("dev.localhost:1", smallPath)
			go func() {
				defer there.Close()
				buffer := make([]byte, len(sent))
				for i := range max(len(c.sizes), 1) {
					if _, err := there.Read(buffer); err != nil {
						return
					}
					if i == 0 { // all answers at once, as a fast server might
						_, _ = there.Write([]byte(c.answers))
					}
				}
			}()
			client := newClient(here)
			for _, want := range c.sizes {
				got, err := client.do(sent)
				if err != nil || got != want {
					t.Errorf("a body of %d bytes and %v, want %d", got, err, want)
				}
			}
			if c.fault != "" {
				if _, err := client.do(sent); err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("the error is %v, want one with %q", err, c.fault)
				}
			}
		})
	}
}

func results() []*result {
	r := &result{row: row{name: "h1", title: "small"}, columns: []column{perSecond(), perRequest()}}
	for _, s := range []struct {
		contender string
		cpu       time.Duration
	}{
		{"direct", 0}, {"bare goproxy", 4 * time.Millisecond}, {"Corsage", 3 * time.Millisecond},
		{"bare goproxy", 6 * time.Millisecond}, {"Corsage", 9 * time.Millisecond},
		{"bare goproxy", 5 * time.Millisecond}, {"Corsage", 4 * time.Millisecond},
	} {
		r.add(s.contender, sample{requests: 100, took: time.Second, cpu: s.cpu})
	}
	r.ratio("CPU", perRequest(), "Corsage", "bare goproxy", atMost, 0.8)
	r.ratio("rate", perSecond(), "Corsage", "bare goproxy", atLeast, 1.1)
	r.ratio("CPU", perRequest(), "Corsage", "HAProxy", atMost, 1.8) // which was left out
	return []*result{r}
}

func TestWriteReadme(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	const before, after = "# Corsage\n\n" + tableBegin, tableEnd + "\n## More\n"
	if err := os.WriteFile(file, []byte(before+"old\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeReadme(file, "a machine", results()); err != nil {
		t.Fatal(err)
	}
	const want = before + `Measured on a machine.

| small | req/s | CPU µs/req |
|---|--:|--:|
| direct | 100 | |
| bare goproxy | 100 | 50.0 |
| Corsage | 100 | 40.0 |

| Work | Figure | Measured | To reach | |
|---|---|---|---|---|
| small | CPU | 0.80 × (40.0 to 50.0 CPU µs/req) | ≤ 0.80 × | reached |
|  | rate | 1.00 × (100 to 100 req/s) | ≥ 1.10 × | **not reached** |
` + after
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	if err := os.WriteFile(file, []byte("# Corsage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeReadme(file, "", nil); err == nil {
		t.Error("a file without the marks is no fault")
	}
}

// README.md has the place for the tables.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), tableBegin)
	if !strings.Contains(rest, tableEnd) {
		t.Errorf("README.md has no %s and %s", strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
}

func TestChosen(t *testing.T) {
	for _, c := range []struct {
		only, row string
		want      bool
	}{{"", "h1", true}, {"h", "host", true}, {"h1", "host", false}, {"latency,h1", "h1", true}, {"latency,h1", "heap", false}} {
		if got := chosen(c.only, c.row); got != c.want {
			t.Errorf("chosen(%q, %q) is %v", c.only, c.row, got)
		}
	}
}
