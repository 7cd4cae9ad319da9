//go:build bench

package main

import "fmt"

// clients is how many work at once in the rows of small requests.
const clients = 16

func measureH1(b *bench) (*result, error) {
	r := new(result)
	servers, err := b.start(r, direct(), bareGoproxy(), corsage(), corsageWithoutLog(), haproxy())
	if err != nil {
		return nil, err
	}
	defer stop(servers)
	if err := b.inTurns(r, "h1", servers, b.keptAlive); err != nil {
		return nil, err
	}
	r.atMost("CPU a request, Corsage to bare goproxy", "Corsage", "bare goproxy", 1.0)
	r.atMost("CPU a request, Corsage to HAProxy", "Corsage", "HAProxy", 1.8)
	r.atMost("CPU a request, log on to log off", "Corsage", "Corsage, log off", 1.05)
	return r, nil
}

// keptAlive returns workers with a connection each.
func (b *bench) keptAlive(s *server) ([]worker, error) {
	rendered := request(b.authority, "/api/me")
	var all []worker
	for range clients {
		conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
		if err != nil {
			for _, w := range all {
				w.close()
			}
			return nil, err
		}
		c := newClient(conn)
		all = append(all, worker{
			once: func() error {
				n, err := c.do(rendered)
				if err == nil && n != int64(len(answer)) {
					err = fmt.Errorf("the answer has %d bytes, not %d", n, len(answer))
				}
				return err
			},
			close: func() { _ = conn.Close() },
		})
	}
	return all, nil
}
