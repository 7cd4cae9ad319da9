package instance

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"corsage/proxy/record"
	"corsage/ui/logstream"
)

func logged(n int) *record.Entry {
	return &record.Entry{Method: "GET", URL: fmt.Sprintf("https://dev.example.com/%d", n), Host: "dev.example.com", Path: fmt.Sprintf("/%d", n), Status: 200, State: record.Done}
}

// A reader who doesn't read costs the recorder nothing, and learns what it missed.
func TestLogReaderThatDoesNotRead(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs})
	lines, err := NewClient(dirs).Log(t.Context(), LogQuery{Format: logstream.JSON, Last: -1, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	long := strings.Repeat("x", 10000)
	for n := range 10 * LogLimit { // none of these waits; the socket holds some hundred
		e := logged(n)
		e.Error = long
		i.Recorder.Add(e)
	}
	in := bufio.NewReader(lines)
	newest := fmt.Sprintf(`"path":"/%d"`, 10*LogLimit-1)
	read, dropped := 0, false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d lines, dropped: %t: %v", read, dropped, err)
		}
		read++
		dropped = dropped || strings.HasPrefix(line, `{"event":"dropped","count":`)
		if strings.Contains(line, newest) {
			break
		}
	}
	if !dropped || read > 3*LogLimit {
		t.Errorf("%d lines came, of %d exchanges; said so: %t", read, 10*LogLimit, dropped)
	}
}

// The handler ends when its reader leaves: goleak, and this Close, would tell.
func TestLogReaderLeaves(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs})
	i.Recorder.Add(logged(1))
	for range 3 {
		lines, err := NewClient(dirs).Log(t.Context(), LogQuery{Format: logstream.Text, Last: -1, Follow: true})
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(lines).ReadString('\n'); err != nil || !strings.Contains(line, "dev.example.com/1") {
			t.Errorf("%q, %v", line, err)
		}
		lines.Close()
	}
	await(t, "the handlers to end", func() bool { return i.followers.Load() == 0 })
}

// Close lets who follows have the last ends, and ends the lines.
func TestLogEndsWithInstance(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs})
	lines, err := NewClient(dirs).Log(t.Context(), LogQuery{Format: logstream.Text, Last: -1, Follow: true, Filter: "-url:2"})
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	i.Recorder.Add(logged(1))
	i.Recorder.Add(logged(2))
	closed := make(chan error)
	go func() { closed <- i.Close() }()
	text, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(text), "/1 ") || strings.Contains(string(text), "/2 ") {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestLogBadQuery(t *testing.T) {
	dirs := testDirs(t)
	begin(t, Options{Dirs: dirs})
	if _, err := NewClient(dirs).Log(t.Context(), LogQuery{Filter: "is:odd"}); err == nil || !strings.Contains(err.Error(), `is: knows no "odd"`) {
		t.Error(err)
	}
}
