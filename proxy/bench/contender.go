//go:build bench

package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

// contender is one way to reach the backend.
type contender struct {
	name  string
	start func(*bench) (*server, error)
}

// server is a contender that runs.
type server struct {
	name    string
	addr    string // where clients connect
	pid     int    // 0 where there is no proxy
	connect bool   // whether it is asked by CONNECT; else it is spoken to as the backend itself
	bare    bool   // whether it is the backend itself, without the two headers
	child   *child // nil where it is another program
	close   func()
}

// missing says why a contender can't take part.
type missing struct{ why string }

func (m missing) Error() string { return m.why }

func direct() contender {
	return contender{"direct", func(b *bench) (*server, error) {
		return &server{addr: b.backend.addr, bare: true, close: func() {}}, nil
	}}
}

// roleServer starts a role of this program as a proxy.
func roleServer(role string, s settings) (*server, error) {
	c, err := start(role, s)
	if err != nil {
		return nil, err
	}
	return &server{addr: c.addr, pid: c.cmd.Process.Pid, connect: true, child: c, close: c.close}, nil
}

// dial opens a connection that leads to authority, host:port.
func (s *server) dial(authority string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", s.addr, 10*time.Second)
	if err != nil || !s.connect {
		return conn, err
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", authority, authority); err != nil {
		conn.Close()
		return nil, err
	}
	// Read no further than the head: what follows is not ours.
	var head []byte
	for one := make([]byte, 1); len(head) < 4 || string(head[len(head)-4:]) != "\r\n\r\n"; head = append(head, one[0]) {
		if _, err := io.ReadFull(conn, one); err != nil {
			conn.Close()
			return nil, fmt.Errorf("reading the answer to CONNECT, after %q: %w", head, err)
		}
	}
	if len(head) < 12 || string(head[9:12]) != "200" {
		conn.Close()
		return nil, fmt.Errorf("CONNECT was answered with %q", head)
	}
	return conn, nil
}

// dialTLS does the handshake too. The generator verifies nothing, since its own
// work is not what is measured; check does, once.
func (s *server) dialTLS(authority string, config *tls.Config) (*tls.Conn, error) {
	conn, err := s.dial(authority)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, config)
	if err := secure.Handshake(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return secure, nil
}

// hostOf is authority without its port.
func hostOf(authority string) string {
	host, _, _ := net.SplitHostPort(authority)
	return host
}

// programServer starts another program as a proxy, and waits until it listens.
func programServer(addr string, cmd *exec.Cmd) (*server, error) {
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	s := &server{addr: addr, pid: cmd.Process.Pid, connect: true, close: func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}}
	for range 1000 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			return s, conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.close()
	return nil, fmt.Errorf("%s does not listen after ten seconds: its own words stand above", cmd.Path)
}
