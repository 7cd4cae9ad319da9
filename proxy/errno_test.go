package proxy

import (
	"io"
	"net"
	"testing"
)

// The system's own errors, on whichever system this runs.
func TestErrorsOfTheSystem(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	// Closed with something unread, a connection is reset (RFC 9293, section 3.10.4).
	if _, err := client.Write([]byte("ab")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if _, err := client.Read(make([]byte, 1)); !isCutOff(err) || isRefused(err) || isUnreachable(err) {
		t.Errorf("a reset is not known for one: %v", err)
	}
	l.Close()
	if _, err := net.Dial("tcp", l.Addr().String()); !isRefused(err) || isCutOff(err) || isUnreachable(err) {
		t.Errorf("a refused connection is not known for one: %v", err)
	}
	if isCutOff(io.EOF) || isRefused(nil) {
		t.Error("what is none of these errors is taken for one")
	}
}
