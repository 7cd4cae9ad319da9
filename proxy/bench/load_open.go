//go:build bench

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
)

// openEvents opens an event stream and reads its first event; alive reads the
// next one.
func (b *bench) openEvents(s *server) (alive func() error, conn net.Conn, err error) {
	c, err := b.open(s, request(b.authority, "/events"), "200")
	if err != nil {
		return nil, nil, err
	}
	// The stream may come in chunks or up to the connection's end: look for the
	// event alone.
	next := func() error {
		for {
			line, err := c.reader.ReadSlice('\n')
			if err != nil {
				return fmt.Errorf("waiting for an event: %w", err)
			}
			if bytes.HasPrefix(line, []byte("data: ")) {
				return nil
			}
		}
	}
	if err := next(); err != nil {
		c.conn.Close()
		return nil, nil, err
	}
	return next, c.conn, nil
}

// openEcho opens a WebSocket and has one message echoed; alive does it again.
func (b *bench) openEcho(s *server) (alive func() error, conn net.Conn, err error) {
	c, err := b.open(s, handshake(b.authority, "/echo"), "101")
	if err != nil {
		return nil, nil, err
	}
	// A text message in one frame, masked by zeros, and how it comes back (RFC
	// 6455, section 5.2).
	sent := append([]byte{0x81, 0x80 | 5, 0, 0, 0, 0}, "hello"...)
	want := append([]byte{0x81, 5}, "hello"...)
	ping := func() error {
		if _, err := c.conn.Write(sent); err != nil {
			return err
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(c.reader, got); err != nil {
			return fmt.Errorf("waiting for the echo: %w", err)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("the echo is %q", got)
		}
		return nil
	}
	if err := ping(); err != nil {
		c.conn.Close()
		return nil, nil, err
	}
	return ping, c.conn, nil
}

// open sends a rendered request over a connection of its own and reads the head
// of the answer. Its buffer is small, since there will be thousands.
func (b *bench) open(s *server, rendered []byte, status string) (*client, error) {
	conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
	if err != nil {
		return nil, err
	}
	c := &client{conn, bufio.NewReaderSize(conn, 2<<10)}
	if _, err = conn.Write(rendered); err == nil {
		_, err = c.head(status)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}
