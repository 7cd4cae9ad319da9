//go:build bench

package main

import (
	"encoding/binary"
	"fmt"
	"net"
)

const megabyte = 1 << 20

// measureDownloads has two clients that fetch 64 MB at a time.
func measureDownloads(b *bench, r *result) error {
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), haproxy())
	defer stop(servers)
	if err != nil {
		return err
	}
	r.columns = []column{throughput(), perGigabyte(), residentMemory()}
	each := 8
	if b.quick {
		each = 1
	}
	if err := b.inTurns(r, b.rounds, lanes(servers, func(s *server) (sample, error) {
		return b.download(s, 2, each, 64*megabyte)
	})...); err != nil {
		return err
	}
	r.ratio("throughput, Corsage to bare goproxy", throughput(), "Corsage", "bare goproxy", atLeast, 1.0)
	return nil
}

// measureHeap has 64 such downloads at once, and looks at the highest heap.
func measureHeap(b *bench, r *result) error {
	servers, err := b.start(r, bareGoproxy(), corsage())
	defer stop(servers)
	if err != nil {
		return err
	}
	heap := column{"highest heap MB", "%.1f", func(s sample) float64 { return float64(s.heap) / 1e6 }}
	r.columns = []column{throughput(), heap, residentMemory()}
	size := int64(64 * megabyte)
	if b.quick {
		size = 2 * megabyte
	}
	if err := b.inTurns(r, min(b.rounds, 3), lanes(servers, func(s *server) (sample, error) {
		if _, err := s.child.tell("gc"); err != nil {
			return sample{}, err
		}
		one, err := b.download(s, 64, 1, size)
		if err != nil {
			return sample{}, err
		}
		m, err := s.child.memory()
		one.heap = int64(m.PeakHeapInuse)
		return one, err
	})...); err != nil {
		return err
	}
	r.figure("heap in use, 64 downloads at once", heap, "Corsage", atMost, 20, "MB")
	return nil
}

// download lets n clients fetch size bytes each times.
func (b *bench) download(s *server, n, each int, size int64) (sample, error) {
	rendered := request(b.authority, fmt.Sprintf("/download/%d", size))
	workers := make([]*client, n)
	for i := range workers {
		conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
		if err != nil {
			return sample{}, err
		}
		defer conn.Close()
		workers[i] = newClient(conn)
	}
	began, err := s.clock()
	if err != nil {
		return sample{}, err
	}
	if err := together(n, func(i int) error {
		for range each {
			got, err := workers[i].do(rendered)
			if err != nil {
				return err
			}
			if got != size {
				return fmt.Errorf("the download has %d bytes, not %d", got, size)
			}
		}
		return nil
	}); err != nil {
		return sample{}, err
	}
	one, err := s.since(began)
	one.bytes = int64(n*each) * size
	return one, err
}

// measureTunnel sends bytes through a CONNECT to a host that was not chosen. They
// are not encrypted, so that the tunnel is what takes the time.
func measureTunnel(b *bench, r *result) error {
	source, err := start("source", settings{})
	if err != nil {
		return err
	}
	defer source.close()
	servers, err := b.start(r, bareGoproxy(), corsage())
	defer stop(servers)
	if err != nil {
		return err
	}
	copied := column{"copied by the process, %", "%.0f", func(s sample) float64 { return 100 * float64(s.copied) / float64(s.bytes) }}
	r.columns = []column{throughput(), perGigabyte(), copied}
	size := int64(2 << 30)
	if b.quick {
		size = 64 * megabyte
	}
	_, port, err := net.SplitHostPort(source.addr)
	if err != nil {
		return err
	}
	authority := net.JoinHostPort(tunnelHost, port)
	if err := b.inTurns(r, b.rounds, lanes(servers, func(s *server) (sample, error) {
		return tunnel(s, authority, 2, size)
	})...); err != nil {
		return err
	}
	r.ratio("throughput of a tunnel, Corsage to bare goproxy", throughput(), "Corsage", "bare goproxy", atLeast, 0.95)
	r.figure("of a tunnel's bytes, read into the process and not spliced", copied, "Corsage", atMost, 5, "%")
	return nil
}

// tunnel lets n clients fetch size bytes each.
func tunnel(s *server, authority string, n int, size int64) (sample, error) {
	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := s.dial(authority)
		if err != nil {
			return sample{}, err
		}
		defer conn.Close()
		conns[i] = conn
	}
	readBefore, err := bytesRead(s.pid)
	if err != nil {
		return sample{}, err
	}
	began, err := s.clock()
	if err != nil {
		return sample{}, err
	}
	if err := together(n, func(i int) error {
		if err := binary.Write(conns[i], binary.BigEndian, size); err != nil {
			return err
		}
		buffer := make([]byte, 256<<10)
		for left := size; left > 0; {
			n, err := conns[i].Read(buffer[:min(left, int64(len(buffer)))])
			if left -= int64(n); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return sample{}, err
	}
	one, err := s.since(began)
	if err != nil {
		return sample{}, err
	}
	readAfter, err := bytesRead(s.pid)
	one.bytes, one.copied = int64(n)*size, readAfter-readBefore
	return one, err
}

// serveSource sends as many bytes as it is asked for by a 64-bit number, over
// and over.
func serveSource(_ settings, l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			buffer := make([]byte, 256<<10)
			for {
				var left int64
				if binary.Read(conn, binary.BigEndian, &left) != nil {
					return
				}
				for left > 0 {
					n, err := conn.Write(buffer[:min(left, int64(len(buffer)))])
					if left -= int64(n); err != nil {
						return
					}
				}
			}
		}()
	}
}
