package proxy

import (
	"log/slog"
	"net/http"
)

// Client asks a backend as the engine does: by the rule's upstream, authority and
// certificate, and through the proxy that the rule or the environment names. It
// follows no redirect, changes nothing and records nothing. Make one with
// NewClient; it is safe for concurrent use.
type Client struct {
	upstreams *upstreams
	rule      *Rule
}

// NewClient returns a Client for rule's backend. It logs to log what it finds
// wrong with the environment's proxies.
func NewClient(rule *Rule, log *slog.Logger) *Client {
	return &Client{newUpstreams(log), rule}
}

// RoundTrip sends req, whose context bounds the time. The error says in words
// what failed and what to do, as a page would be told.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := req.URL
	out := req.Clone(req.Context())
	resp, err := c.upstreams.roundTrip(out, c.rule)
	if err != nil {
		return nil, explain(asked, c.rule, err)
	}
	return resp, nil
}

// Close ends its connections.
func (c *Client) Close() { c.upstreams.close() }
