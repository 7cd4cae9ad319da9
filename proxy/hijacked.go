package proxy

import (
	"bufio"
	"net"
	"net/http"
)

// hijacked is a client connection that has left HTTP.
type hijacked struct {
	net.Conn
	reader *bufio.Reader // holds what was read ahead; nil once that is used up
}

func (c *hijacked) Read(p []byte) (int, error) {
	if c.reader != nil {
		if n := c.reader.Buffered(); n > 0 {
			return c.reader.Read(p[:min(len(p), n)])
		}
		c.reader = nil // or it would keep the HTTP server's side of the connection in memory
	}
	return c.Conn.Read(p)
}

// CloseWrite ends what c sends and nothing else.
func (c *hijacked) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return http.ErrNotSupported
}
