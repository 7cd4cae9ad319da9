package proxy

import (
	"bufio"
	"net"
	"sync/atomic"
)

// hijacked is a client connection that has left HTTP. It counts what passes.
type hijacked struct {
	net.Conn
	reader  *bufio.Reader // holds what was read ahead
	in, out atomic.Int64
}

func (c *hijacked) Read(p []byte) (n int, err error) {
	if c.reader.Buffered() > 0 {
		n, err = c.reader.Read(p[:min(len(p), c.reader.Buffered())])
	} else {
		n, err = c.Conn.Read(p)
	}
	c.in.Add(int64(n))
	return n, err
}

func (c *hijacked) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	return n, err
}

func (c *hijacked) counts() (in, out int64) { return c.in.Load(), c.out.Load() }
