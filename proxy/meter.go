package proxy

import (
	"errors"
	"io"
	"sync"

	"corsage/proxy/record"
)

// meter passes a body on, counts it and keeps its beginning for the log. The
// transport may read a request's body while the exchange already ends, hence
// the lock.
type meter struct {
	io.ReadCloser
	mu   sync.Mutex
	n    int64
	head []byte
	end  bool  // it was read to its end
	err  error // what broke the body off
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.mu.Lock()
	m.n += int64(n)
	if room := record.BodyLimit - len(m.head); room > 0 && n > 0 {
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
