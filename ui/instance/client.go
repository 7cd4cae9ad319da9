package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// clientTimeout bounds a request over the control socket, but for those that say
// otherwise.
const clientTimeout = 5 * time.Second

// How the end of an instance that was asked for it is waited for.
const (
	quitTimeout = 20 * time.Second
	quitPoll    = 20 * time.Millisecond
	lastOutput  = 3 * time.Second
)

// ErrNotRunning says that no instance answers on the control socket.
var ErrNotRunning = errors.New("no corsage is running")

// errEnding says that the running instance has begun to end.
var errEnding = errors.New("the running corsage is just ending: try again in a moment")

// A Client talks to the running instance of this user. Safe for concurrent use.
type Client struct {
	dir      string
	http     http.Client
	patience time.Duration // bounds one request
}

// NewClient returns a Client for the instance that uses the folders. It does
// not look whether there is one.
func NewClient(dirs Dirs) *Client { return newClient(dirs.Runtime, clientTimeout) }

func newClient(dir string, patience time.Duration) *Client {
	c := &Client{dir: dir, patience: patience}
	c.http.Transport = &http.Transport{
		DisableKeepAlives:     true,
		ResponseHeaderTimeout: patience,
		DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
	}
	return c
}

// notYoursError says that the control socket may be another user's.
type notYoursError struct{ why error }

func (e *notYoursError) Error() string {
	return fmt.Sprintf("the control socket is not to be trusted: %v; remove it, or set XDG_RUNTIME_DIR to a folder that is yours alone", e.why)
}

// dial connects to the socket if folder, file and listener are this user's and the
// first two open to nobody else.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	path := filepath.Join(c.dir, socketFile)
	isSocket := func(m fs.FileMode) bool { return m.Type() == fs.ModeSocket }
	for _, check := range []func() error{
		func() error { return owned(c.dir, fs.FileMode.IsDir) },
		func() error { return closed(c.dir) },
		func() error { return owned(path, isSocket) },
		func() error { return closed(path) },
	} {
		switch err := check(); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, errors.Join(ErrNotRunning, err)
		case err != nil:
			return nil, &notYoursError{err}
		}
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.EAGAIN): // it has not taken the connections of others either
		return nil, errors.Join(context.DeadlineExceeded, err)
	case err != nil && ctx.Err() == nil:
		return nil, errors.Join(ErrNotRunning, err)
	case err != nil:
		return nil, err
	}
	if err := ownPeer(conn.(*net.UnixConn)); err != nil {
		_ = conn.Close()
		return nil, &notYoursError{err}
	}
	return conn, nil
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

// Quit ends the running instance, and returns when it is gone; ErrNotRunning if
// there was none.
func (c *Client) Quit(ctx context.Context) error {
	var told quitting
	if _, err := c.do(ctx, http.MethodPost, "/quit", nil, &told); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, quitTimeout)
	defer cancel()
	for !released(c.dir) && !succeeded(c.dir, told.PID) {
		select {
		case <-time.After(quitPoll):
		case <-ctx.Done():
			return fmt.Errorf("corsage (process %d) was asked to quit, and is not gone yet: %w", told.PID, ctx.Err())
		}
	}
	// It has given everything up. What is left is its last output; and its parent
	// may never ask for its exit code, so that it never seems gone.
	for end := time.Now().Add(lastOutput); !processEnded(told.PID) && time.Now().Before(end); {
		time.Sleep(quitPoll)
	}
	return nil
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
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
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
	if err != nil {
		return 0, c.failed(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusServiceUnavailable:
		return resp.StatusCode, errEnding
	case resp.StatusCode/100 != 2:
		return resp.StatusCode, refusal(resp)
	}
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return resp.StatusCode, fmt.Errorf("reading the running corsage's answer: %w; it may be another version: restart it", err)
		}
	}
	return resp.StatusCode, nil
}

// refusal is what an answer other than 2xx says.
func refusal(resp *http.Response) error {
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
		f.Error = "the running corsage answered " + resp.Status + ": it may be another version; restart it"
	}
	return errors.New(f.Error)
}

// failed is why no answer came.
func (c *Client) failed(err error) error {
	var foreign *notYoursError
	switch {
	case errors.Is(err, ErrNotRunning):
		return ErrNotRunning
	case errors.As(err, &foreign):
		return foreign
	case os.IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return &HungError{PID: holderOf(c.dir).PID}
	case errors.Is(err, context.Canceled):
		return err
	case released(c.dir): // it went while it was asked
		return ErrNotRunning
	}
	return fmt.Errorf("asking the running corsage: %w; if this goes on, end it and start it again", err)
}
