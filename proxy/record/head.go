package record

import (
	"net/http"
	"strings"
	"sync"
)

// Head is the header of one message as the log keeps it: in its wire form, one
// "Name: value" a line (RFC 9112, section 5), with an empty line behind. As a
// single text it costs the garbage collector nothing, however many are kept.
// The empty Head is no header at all, which is not the same as one without
// fields.
type Head string

// NewHead returns h as a Head; the empty one for nil. The order of its fields
// is of no meaning, that of values of one field is h's.
func NewHead(h http.Header) Head {
	if h == nil {
		return ""
	}
	buf := buffers.Get().(*[]byte)
	text := (*buf)[:0]
	for name, values := range h {
		for _, v := range values {
			text = append(text, name...)
			text = append(text, ": "...)
			text = append(text, v...)
			text = append(text, '\n')
		}
	}
	text = append(text, '\n')
	head := Head(text)
	*buf = text
	buffers.Put(buf)
	return head
}

// buffers are what heads are put together in.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Header returns the fields, nil for no header. The result is the caller's.
func (h Head) Header() http.Header {
	if h == "" {
		return nil
	}
	fields := make(http.Header)
	for line := range strings.Lines(string(h)) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			fields[name] = append(fields[name], value)
		}
	}
	return fields
}
