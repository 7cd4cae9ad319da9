package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"
)

// clientTimeout bounds one request over the control socket.
const clientTimeout = 10 * time.Second

// ErrNotRunning says that no instance answers on the control socket.
var ErrNotRunning = errors.New("no corsage is running")

// A Client talks to the running instance of this user. Safe for concurrent use.
type Client struct{ http http.Client }

// NewClient returns a Client for the instance that uses the folders. It does
// not look whether there is one.
func NewClient(dirs Dirs) *Client {
	path := filepath.Join(dirs.Runtime, socketFile)
	var dialer net.Dialer
	return &Client{http: http.Client{
		Timeout: clientTimeout,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, "unix", path)
				if err != nil {
					return nil, errors.Join(ErrNotRunning, err)
				}
				return conn, nil
			},
		},
	}}
}

// Status asks the running instance how it is; ErrNotRunning if there is none.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	_, err := c.do(ctx, http.MethodGet, "/status", nil, &s)
	return s, err
}

// Raise asks for the running instance's window. It reports false if that
// instance has none, and ErrNotRunning if there is no instance.
func (c *Client) Raise(ctx context.Context) (bool, error) {
	status, err := c.do(ctx, http.MethodPost, "/raise", nil, nil)
	if status == http.StatusConflict {
		return false, nil
	}
	return err == nil, err
}

// List returns the running instance's profiles.
func (c *Client) List(ctx context.Context) ([]Profile, error) {
	s, err := c.Status(ctx)
	return s.Profiles, err
}

// SetEnabled switches a profile of the running instance, and returns once new
// requests are served accordingly.
func (c *Client) SetEnabled(ctx context.Context, name string, on bool) error {
	path := "/disable"
	if on {
		path = "/enable"
	}
	_, err := c.do(ctx, http.MethodPost, path, change{Name: name}, nil)
	return err
}

// Cookies returns those of the running instance's held sessions.
func (c *Client) Cookies(ctx context.Context, q CookieQuery) ([]Cookie, error) {
	var list []Cookie
	_, err := c.do(ctx, http.MethodPost, "/cookies", q, &list)
	return list, err
}

// ClearCookies makes the running instance forget those that match, and returns
// how many they were.
func (c *Client) ClearCookies(ctx context.Context, q CookieQuery) (int, error) {
	var n cleared
	_, err := c.do(ctx, http.MethodPost, "/cookies/clear", q, &n)
	return n.Count, err
}

// do sends one request. An answer of the instance that isn't 2xx is an error
// with the instance's own text, and its status.
func (c *Client) do(ctx context.Context, method, path string, body, into any) (status int, err error) {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://corsage"+path, &sent)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Do(req)
	if errors.Is(err, ErrNotRunning) {
		return 0, ErrNotRunning
	}
	if err != nil {
		return 0, fmt.Errorf("asking the running corsage: %w; if it hangs, end it and try again", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		var f failure
		if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
			f.Error = "the running corsage answered " + resp.Status + ": it may be another version; restart it"
		}
		return resp.StatusCode, errors.New(f.Error)
	}
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return resp.StatusCode, fmt.Errorf("reading the running corsage's answer: %w; it may be another version: restart it", err)
		}
	}
	return resp.StatusCode, nil
}
