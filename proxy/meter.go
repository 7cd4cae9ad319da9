package proxy

import (
	"errors"
	"io"
	"sync"
)

// meter passes a body on, counts it and keeps its beginning for the log. The
// transport may read a request's body while the exchange already ends, hence
// the lock.
type meter struct {
	io.ReadCloser
	length int64 // as announced; -1 where it was not
	keep   int   // how many bytes of it are kept
	mu     sync.Mutex
	n      int64
	head   []byte
	end    bool  // it was read to its end
	err    error // what broke the body off
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.mu.Lock()
	m.n += int64(n)
	if room := m.keep - len(m.head); room > 0 && n > 0 {
		if m.head == nil {
			m.head = make([]byte, 0, min(max(int64(n), m.length), int64(m.keep)))
		}
		m.head = append(m.head, p[:min(n, room)]...)
	}
	if errors.Is(err, io.EOF) {
		m.end = true
	} else if err != nil {
		m.err = err
	}
	m.mu.Unlock()
	return n, err
}

// WriteTo passes the body on, for io.Copy. Where dst is the answer to a browser,
// bytes leave as soon as the next ones have to be waited for, and the last ones
// together with the answer's end.
func (m *meter) WriteTo(dst io.Writer) (total int64, err error) {
	var buf copyBuffer
	defer buf.release()
	answer, _ := dst.(*responseWriter)
	if answer != nil {
		answer.flushSoon() // the head, if the body is long in coming
	}
	for {
		n, err := m.Read(buf.bytes())
		if n > 0 {
			written, err := dst.Write(buf.bytes()[:n])
			total += int64(written)
			if err != nil {
				return total, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, err
		case answer == nil:
		case total == m.length:
			answer.flushSoon() // only the end can come, and takes them along
		default:
			answer.Flush()
		}
		buf.filled(n)
	}
}

// Close leaves alone what was read to its end: there, HTTP/2 would only wait for
// an upload that goes on, and the answer's end would wait with it.
func (m *meter) Close() error {
	if m.complete() {
		return nil
	}
	return m.ReadCloser.Close()
}

// complete reports whether the whole body has passed. A nil meter has none.
func (m *meter) complete() bool {
	if m == nil {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.end
}

// read returns what has passed so far. A nil meter has passed nothing.
func (m *meter) read() (n int64, head []byte, err error) {
	if m == nil {
		return 0, nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n, m.head[:len(m.head):len(m.head)], m.err
}
