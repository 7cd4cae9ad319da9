//go:build bench

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// check makes sure that s does the work that it is measured by: the right body,
// under a certificate for the host, with the two headers.
func (b *bench) check(s *server) error {
	conn, err := s.dialTLS(b.authority, clientConfig(backendHost, "http/1.1"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname(backendHost); err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	if _, err := conn.Write(request(b.authority, "/api/me")); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK || string(body) != answer:
		return fmt.Errorf("it answers %s with %q", resp.Status, body)
	case s.bare:
		return nil
	case resp.Header.Get("Access-Control-Allow-Origin") != pageOrigin,
		resp.Header.Get("Access-Control-Allow-Credentials") != "true":
		return errors.New("its answer lacks the CORS headers")
	}
	return nil
}
