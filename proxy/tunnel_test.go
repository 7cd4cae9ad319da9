package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Each side's end reaches the other, and the other may go on.
func TestTunnelHalfCloses(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
			all, _ := io.ReadAll(in)
			fmt.Fprintf(c, "%d bytes", len(all))
		})
		conn, in := start(t).connect(t, s.Addr().String())
		fmt.Fprint(conn, strings.Repeat("x", 1<<20))
		_ = conn.(*net.TCPConn).CloseWrite()
		if all, err := io.ReadAll(in); err != nil || string(all) != "1048576 bytes" {
			t.Errorf("%q %v", all, err)
		}
	})
	t.Run("server", func(t *testing.T) {
		s := rawServer(t, func(c net.Conn, _ *bufio.Reader) {
			fmt.Fprint(c, "that's all from me")
			_ = c.(*net.TCPConn).CloseWrite()
		})
		conn, in := start(t).connect(t, s.Addr().String())
		if all, err := io.ReadAll(in); err != nil || string(all) != "that's all from me" {
			t.Fatalf("%q %v", all, err)
		}
		fmt.Fprint(conn, "but not from me")
		_ = conn.(*net.TCPConn).CloseWrite()
		if said := await(t, s.ended); said != "but not from me" {
			t.Errorf("the server heard %q", said)
		}
	})
}

// An end that breaks off breaks off at the other side, and leaves nothing.
func TestTunnelEndDies(t *testing.T) {
	reset := func(c net.Conn) {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	before := goleak.IgnoreCurrent()
	t.Run("server", func(t *testing.T) {
		s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
			_, _ = in.ReadByte()
			reset(c)
		})
		rig := start(t)
		conn, in := rig.connect(t, s.Addr().String())
		fmt.Fprint(conn, "x")
		_, _ = io.ReadAll(in) // returns, with an end or an error
		rig.openEnds(t, 0)
	})
	t.Run("client", func(t *testing.T) {
		s := rawServer(t, silent)
		rig := start(t)
		conn, _ := rig.connect(t, s.Addr().String())
		await(t, s.began)
		reset(conn)
		await(t, s.ended)
		rig.openEnds(t, 0)
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// openEnds waits until just so many ends of tunnels are open, and returns them.
func (r *rig) openEnds(t *testing.T, want int) []net.Conn {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		ends := r.Ends()
		if len(ends) == want {
			return ends
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d ends are open, want %d", len(ends), want)
		}
	}
}

// A tunnel that one side has ended and the other has forgotten is closed in the
// end; one that both keep open stays, however long nothing passes.
func TestForgottenTunnel(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = io.Copy(c, in)
		<-release // an end doesn't impress it
	})
	rig := start(t)
	rig.HalfTime(20 * time.Millisecond)
	kept, in := rig.connect(t, s.Addr().String())
	forgotten, _ := rig.connect(t, s.Addr().String())
	_ = forgotten.(*net.TCPConn).CloseWrite()
	if _, err := io.ReadAll(forgotten); err != nil { // returns once the proxy has closed it
		t.Log(err)
	}
	fmt.Fprint(kept, "still here\n")
	if line, err := in.ReadString('\n'); err != nil || line != "still here\n" {
		t.Errorf("%q %v", line, err)
	}
}

// Much data arrives as it was sent, in both directions at once, and with pauses
// that make the relay let go of its buffers.
func TestTunnelCarriesMuch(t *testing.T) {
	s := rawServer(t, func(c net.Conn, in *bufio.Reader) { _, _ = io.Copy(c, in); _ = c.(*net.TCPConn).CloseWrite() })
	conn, in := start(t).connect(t, s.Addr().String())
	data := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 16<<20/36)
	go func() {
		for rest, n := data, 1; len(rest) > 0; n = n*3 + 1 {
			n = min(n, len(rest))
			_, _ = conn.Write(rest[:n])
			rest = rest[n:]
		}
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(in)
	if err != nil || sha256.Sum256(got) != sha256.Sum256(data) {
		t.Errorf("%d bytes came back as %d: %v", len(data), len(got), err)
	}
}

// What a server said last arrives, though it left without having listened to
// all that its client went on to say, as it does without the proxy.
func TestLastWordArrives(t *testing.T) {
	heard := make(chan struct{})
	s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = in.ReadByte()
		<-heard // what the client said is in the kernel, unread
		fmt.Fprint(c, "enough")
		_ = c.Close() // with a reset, since something was unread
	})
	rig := start(t)
	for _, through := range []bool{false, true} {
		var conn net.Conn
		var in io.Reader
		if through {
			conn, in = rig.connect(t, s.Addr().String())
		} else {
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			conn, in = c, c
		}
		fmt.Fprint(conn, strings.Repeat("x", 100<<10))
		heard <- struct{}{}
		for range 10 { // and on
			if _, err := fmt.Fprint(conn, strings.Repeat("y", 100<<10)); err != nil {
				break
			}
		}
		if all, _ := io.ReadAll(in); string(all) != "enough" {
			t.Errorf("through the proxy %v: %q", through, all)
		}
	}
}
