package instance

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// How a lost port is opened again: after a pause that grows, for as long as it
// takes, since browsers are set to this port and another would be of no use.
const (
	reopenPause    = 50 * time.Millisecond
	maxReopenPause = 5 * time.Second
	// reopenPatience is how long it is tried before the log says what to do.
	reopenPatience = 10 * time.Second
	// shortInterval is the least time between two complaints about descriptors.
	shortInterval = time.Minute
)

// steady is a listener whose Accept fails only once it is closed, or for the
// moment, as net/http puts up with: if the system takes the socket away, it opens
// the address again.
type steady struct {
	log      *slog.Logger
	patience time.Duration // see reopenPatience

	mu       sync.Mutex
	listener net.Listener
	once     sync.Once
	closed   chan struct{}

	short time.Time // of the last complaint about descriptors; Accept's alone
}

func newSteady(l net.Listener, log *slog.Logger) *steady {
	return &steady{log: log, patience: reopenPatience, listener: l, closed: make(chan struct{})}
}

// Accept is for one goroutine at a time.
func (s *steady) Accept() (net.Conn, error) {
	for {
		conn, err := s.current().Accept()
		if err == nil {
			return conn, nil
		}
		select {
		case <-s.closed:
			return nil, net.ErrClosed
		default:
		}
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			s.complain(err)
			return nil, err // net/http waits, and comes back
		}
		if !s.reopen(err) {
			return nil, net.ErrClosed
		}
	}
}

// complain says that no descriptor is free for one more connection.
func (s *steady) complain(err error) {
	if time.Since(s.short) < shortInterval {
		return
	}
	s.short = time.Now()
	s.log.Warn("this machine's limit of open files is reached, so new connections have to wait: close some of what uses the proxy, or raise the limit with 'ulimit -n' and start corsage again", "error", cause(err))
}

// reopen opens the address again, and returns once it is there. It reports false
// if Close came first.
func (s *steady) reopen(why error) bool {
	address := s.Addr().String()
	s.log.Warn("the proxy's port is lost: it is opened again", "proxy", address, "why", cause(why))
	_ = s.current().Close()
	lost, told := time.Now(), false
	for pause := reopenPause; ; pause = min(2*pause, maxReopenPause) {
		select {
		case <-time.After(pause):
		case <-s.closed:
			return false
		}
		l, err := net.Listen("tcp", address)
		if err == nil {
			if !s.replace(l) {
				return false
			}
			s.log.Info("the proxy accepts connections again", "proxy", address)
			return true
		}
		if !told && time.Since(lost) > s.patience {
			told = true
			s.log.Error("the proxy's port can't be had back yet, and browsers can't reach it: end what uses that port; corsage goes on trying. If it can't be had, start corsage again with another --listen, and set the browsers to that",
				"proxy", address, "why", cause(err))
		}
	}
}

func (s *steady) current() net.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listener
}

// replace reports false if Close came first.
func (s *steady) replace(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		_ = l.Close()
		return false
	default:
		s.listener = l
		return true
	}
}

// Addr is the same for the listener's life.
func (s *steady) Addr() net.Addr { return s.current().Addr() }

func (s *steady) Close() error {
	s.once.Do(func() { close(s.closed) })
	if err := s.current().Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
