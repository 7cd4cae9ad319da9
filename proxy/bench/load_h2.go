//go:build bench

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// streams returns n workers that share one HTTP/2 connection.
func (b *bench) streams(s *server, n int) ([]worker, error) {
	dialled := false
	t := &http.Transport{
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // makes the transport speak HTTP/2 over what DialTLSContext returns
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			if dialled {
				return nil, errors.New("the connection was lost")
			}
			dialled = true
			conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "h2"))
			if err != nil {
				return nil, err
			}
			if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
				conn.Close()
				return nil, fmt.Errorf("it speaks %q, not h2", p)
			}
			return conn, nil
		},
	}
	header := make(http.Header)
	for line := range strings.SplitSeq(strings.TrimSpace(browserHeaders()), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
	once := func() error {
		r, err := http.NewRequest(http.MethodGet, "https://"+b.authority+smallPath, nil)
		if err != nil {
			return err
		}
		r.Header = header
		resp, err := t.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		if err == nil && (resp.StatusCode != http.StatusOK || n != int64(len(answer)) || resp.ProtoMajor != 2) {
			err = fmt.Errorf("the answer is %s %s with %d bytes", resp.Proto, resp.Status, n)
		}
		return err
	}
	// The first request opens the connection; all others find it.
	if err := once(); err != nil {
		return nil, err
	}
	all := make([]worker, n)
	for i := range all {
		all[i] = worker{once: once, close: func() {}}
	}
	all[0].close = t.CloseIdleConnections
	return all, nil
}
