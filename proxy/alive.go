package proxy

import (
	"crypto/tls"
	"net"
	"time"
)

// aliveness is how long a connection to a backend may be dead before it fails.
// The zero value stands for the times below.
type aliveness struct {
	idle     time.Duration // without a byte from there, until a sign of life is asked for; whole seconds
	interval time.Duration // from one asking to the next; whole seconds
	limit    time.Duration // without any answer
}

// Half a minute, as for HTTP/2 (see transport). Systems by themselves wait a
// quarter of an hour where something was sent, and minutes or hours for an answer.
// It is no less, so that a network that was away for a moment costs no stream.
const (
	aliveIdle     = 20 * time.Second
	aliveInterval = 5 * time.Second
	aliveLimit    = 30 * time.Second
)

// watch has the system end a connection that was dialled once its path is dead,
// so that what waits on it gets an error. It hands on what it is given.
func (a aliveness) watch(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	if a == (aliveness{}) {
		a = aliveness{aliveIdle, aliveInterval, aliveLimit}
	}
	under := c
	if secure, ok := c.(*tls.Conn); ok { // to a proxy on the way
		under = secure.NetConn()
	}
	tcp, ok := under.(*net.TCPConn)
	if !ok {
		return c, nil
	}
	// These fail for a connection that has failed already, or on a system that
	// lacks them, which is then as slow as it is.
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: a.idle, Interval: a.interval,
		Count: max(1, int((a.limit-a.idle)/a.interval)),
	})
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { limitRetransmission(fd, a.limit) })
	}
	return c, nil
}
