package ui

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"corsage/proxy/record"
	"corsage/proxy/record/body"
)

// pack encodes text with a content coding.
func pack(t testing.TB, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "bare deflate":
		w, err = flate.NewWriter(&b, flate.BestSpeed)
	default:
		return []byte(text)
	}
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestViewBody(t *testing.T) {
	long := strings.Repeat("all work and no play makes a dull boy\n", 5000)
	noise := make([]byte, 4000)
	for i := range noise {
		noise[i] = byte(i*i>>4) ^ byte(i*7919>>3) ^ byte(i>>8*31)
	}
	for name, c := range map[string]struct {
		body     []byte
		size     int64 // of the body where only a part was kept
		coding   string
		media    string
		state    record.State
		text     string // whole
		contains string // or part of the text
		note     string // part of the note
	}{
		"none":           {note: "No body."},
		"not yet":        {size: 10, state: record.Open, note: "when it has ended"},
		"not kept":       {size: 10, note: "10 B, not kept."},
		"plain":          {body: []byte("hello"), media: "text/plain", text: "hello", note: "5 B."},
		"no type":        {body: []byte("hello"), text: "hello", note: "5 B."},
		"json":           {body: []byte(`{"a":[1]}`), media: "application/json; charset=utf-8", text: "{\n  \"a\": [\n    1\n  ]\n}"},
		"problem":        {body: []byte(`{"a":1}`), media: "application/problem+json", text: "{\n  \"a\": 1\n}"},
		"broken json":    {body: []byte(`{"a":`), media: "application/json", text: `{"a":`},
		"line ends":      {body: []byte("a\r\nb"), media: "text/plain", text: "a\nb"},
		"binary":         {body: []byte{0x89, 'P', 'N', 'G', 0, 1}, media: "image/png", note: "6 B of image/png: binary"},
		"control bytes":  {body: []byte("a\x01b"), note: "of data: binary"},
		"latin-1":        {body: []byte("caf\xe9"), media: "text/plain; charset=iso-8859-1", text: "café"},
		"wrong charset":  {body: []byte("caf\xe9"), media: "text/plain; charset=utf-8", note: "binary"},
		"odd charset":    {body: []byte("caf\xe9"), media: "text/plain; charset=klingon", note: "binary"},
		"byte order":     {body: []byte("\xef\xbb\xbfx"), media: "text/plain", text: "x"},
		"gzip":           {body: pack(t, "gzip", "hello"), coding: "gzip", media: "text/plain", text: "hello", note: "as gzip."},
		"brotli":         {body: pack(t, "br", "hello"), coding: "br", media: "text/plain", text: "hello", note: "as br."},
		"zstd":           {body: pack(t, "zstd", "hello"), coding: "zstd", media: "text/plain", text: "hello", note: "as zstd."},
		"deflate":        {body: pack(t, "deflate", "hello"), coding: "deflate", media: "text/plain", text: "hello"},
		"bare deflate":   {body: pack(t, "bare deflate", "hello"), coding: "deflate", media: "text/plain", text: "hello"},
		"twice":          {body: pack(t, "br", string(pack(t, "gzip", "hello"))), coding: "gzip, BR", media: "text/plain", text: "hello"},
		"identity":       {body: []byte("hello"), coding: "identity", media: "text/plain", text: "hello", note: "5 B."},
		"unknown coding": {body: []byte("hello"), coding: "lzma", media: "text/plain", note: "its lzma coding is broken"},
		"not gzip":       {body: []byte("hello"), coding: "gzip", media: "text/plain", note: "its gzip coding is broken"},
		"cut":            {body: []byte("abc\xc3"), size: 9000, media: "text/plain", text: "abc", note: "The first 4 B of 9.0 kB."},
		"cut gzip":       {body: pack(t, "gzip", long)[:200], size: 900, coding: "gzip", media: "text/plain", contains: "all work", note: "The first 200 B of 900 B as gzip."},
		"broken gzip":    {body: pack(t, "gzip", string(noise))[:600], coding: "gzip", media: "text/plain", note: "broken"},
		"cut zstd":       {body: pack(t, "zstd", string(noise))[:50], size: 900, coding: "zstd", media: "text/plain", note: "can't be shown"},
		"bomb":           {body: pack(t, "gzip", strings.Repeat("0", 40<<20)), coding: "gzip", media: "text/plain", contains: "000", note: "the first 262 kB of what it unpacks to"},
	} {
		header := http.Header{}
		if c.media != "" {
			header.Set("Content-Type", c.media)
		}
		if c.coding != "" {
			header.Set("Content-Encoding", c.coding)
		}
		m := &record.Message{Head: record.NewHead(header), Body: c.body, Size: max(c.size, int64(len(c.body)))}
		got := viewBody(m, c.state)
		if c.contains == "" && got.text != c.text || !strings.Contains(got.text, c.contains) {
			t.Errorf("%s: text %.200q, want %q%q (note %q)", name, got.text, c.text, c.contains, got.note)
		}
		if !strings.Contains(got.note, c.note) {
			t.Errorf("%s: note %q, want %q", name, got.note, c.note)
		}
		if len(got.text) > body.Limit {
			t.Errorf("%s: %d bytes of text", name, len(got.text))
		}
	}
}

func TestLocalAnswersBody(t *testing.T) {
	m := &record.Message{Head: record.NewHead(http.Header{"Content-Type": {"application/json"}}), Body: []byte(`{}`), Size: 2}
	if got := viewBody(m, record.Done); got.text != "{}" {
		t.Errorf("%+v", got)
	}
}

func FuzzViewBody(f *testing.F) {
	for _, coding := range []string{"", "gzip", "br", "zstd", "deflate", "gzip, br"} {
		f.Add(pack(f, coding, "hello"), coding, "text/plain", true)
	}
	f.Add([]byte(`{"a":1}`), "", "application/json", false)
	f.Add([]byte("caf\xe9"), "", "text/plain; charset=iso-8859-1", false)
	f.Fuzz(func(t *testing.T, body []byte, coding, media string, cut bool) {
		m := &record.Message{Head: record.NewHead(http.Header{"Content-Encoding": {coding}, "Content-Type": {media}}), Body: body, Size: int64(len(body))}
		if cut {
			m.Size++
		}
		if v := viewBody(m, record.Done); v.note == "" {
			t.Error("nothing is said about the body")
		}
	})
}
