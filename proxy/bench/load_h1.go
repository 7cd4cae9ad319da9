//go:build bench

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
)

// pageOrigin is the page that asks; the default profile allows it.
const pageOrigin = "http://localhost:3000"

// request renders what a browser sends for a credentialed fetch of path.
func request(authority, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\n%s\r\n", path, authority, browserHeaders())
}

// handshake renders what a browser sends to open a WebSocket.
func handshake(authority, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", path, authority, browserHeaders())
}

// browserHeaders are those of a Chromium's cross-site fetch, as lines.
func browserHeaders() string {
	return "sec-ch-ua-platform: \"Linux\"\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n" +
		"sec-ch-ua: \"Chromium\";v=\"156\", \"Not)A;Brand\";v=\"24\"\r\n" +
		"sec-ch-ua-mobile: ?0\r\n" +
		"Accept: */*\r\n" +
		"Origin: " + pageOrigin + "\r\n" +
		"Sec-Fetch-Site: cross-site\r\n" +
		"Sec-Fetch-Mode: cors\r\n" +
		"Sec-Fetch-Dest: empty\r\n" +
		"Referer: " + pageOrigin + "/\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Accept-Language: en-GB,en;q=0.9\r\n" +
		"Cookie: sessionid=9v1x2c3b4n5m6a7s8d9f0g1h2j3k4l5q; csrftoken=Zp0oKm9iJn8uHb7yGv6tFc5rDx4eSz3wAq2WsEdRfTgYhUjIkOlP1MnBvCxZaSdF\r\n"
}

// client is a keep-alive HTTP/1.1 client with one connection that makes as
// little work as it can: requests are rendered beforehand, and of answers only
// what frames them is read.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
}

func newClient(conn net.Conn) *client {
	return &client{conn, bufio.NewReaderSize(conn, 16<<10)}
}

// clientConfig is the generator's TLS: whatever the server's certificate says.
func clientConfig(host string, protocols ...string) *tls.Config {
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, NextProtos: protocols}
}

// do sends a rendered request and reads the answer to its end. It returns the
// size of the body.
func (c *client) do(rendered []byte) (int64, error) {
	if _, err := c.conn.Write(rendered); err != nil {
		return 0, fmt.Errorf("sending: %w", err)
	}
	length, err := c.head("200")
	if err != nil {
		return 0, fmt.Errorf("reading the head: %w", err)
	}
	if length >= 0 {
		if err := c.skip(length); err != nil {
			return 0, fmt.Errorf("reading the body: %w", err)
		}
		return length, nil
	}
	n, err := c.chunks()
	if err != nil {
		return n, fmt.Errorf("reading the chunks: %w", err)
	}
	return n, nil
}

// head reads status line and header, and returns the body's length, -1 for one
// in chunks or of no given length.
func (c *client) head(status string) (length int64, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || string(line[9:12]) != status {
		return 0, fmt.Errorf("the answer is %q", line)
	}
	length = -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil {
				return 0, err
			}
		}
	}
}

func (c *client) skip(n int64) error {
	for n > 0 {
		have, err := c.reader.Discard(int(min(n, int64(c.reader.Size()))))
		if n -= int64(have); err != nil {
			return err
		}
	}
	return nil
}

// chunks reads a chunked body and its end (RFC 9112, section 7.1).
func (c *client) chunks() (total int64, err error) {
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		size, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(";"))
		n, err := strconv.ParseInt(string(size), 16, 64)
		if err != nil {
			return total, err
		}
		if n == 0 {
			break
		}
		total += n
		if err := c.skip(n + 2); err != nil {
			return total, err
		}
	}
	for { // trailers
		line, err := c.reader.ReadSlice('\n')
		if err != nil || len(bytes.TrimRight(line, "\r\n")) == 0 {
			return total, err
		}
	}
}
