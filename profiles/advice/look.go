package advice

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"corsage/proxy/verdict"
)

// patience is how long Look waits for one answer's head.
const patience = 10 * time.Second

// Look asks the backend three times, as the page's calls would: a preflight for
// a POST of JSON, a call without credentials, and one with. It sends GET for the
// calls, so that nothing is changed, and reads no bodies; it takes no longer than
// 30 seconds. The error says why the backend gave no answer.
func Look(ctx context.Context, q Question, backend http.RoundTripper) ([]Check, error) {
	post := q.call(nil)
	post.Method, post.Header = http.MethodPost, http.Header{"Origin": {q.Page}, "Content-Type": {"application/json"}}
	plain, credentialed := q.call(nil), q.call(nil)
	plain.Credentials = verdict.Omit
	// A value that no server takes for a session, so that what it says is what it
	// says to a call with a cookie.
	credentialed.Header = http.Header{"Origin": {q.Page}, "Cookie": {"corsage-doctor=1"}}

	var checks []Check
	preflight, needed := verdict.Preflight(post)
	for _, c := range []struct {
		name string
		req  verdict.Request
		skip bool
	}{
		{"preflight", preflight, !needed},
		{"call without credentials", plain, false},
		{"call with credentials", credentialed, false},
	} {
		if c.skip {
			continue
		}
		resp, err := ask(ctx, c.req, backend)
		if err != nil {
			return checks, fmt.Errorf("%s: %w", c.name, err)
		}
		checks = append(checks, q.judge(c.name, c.req, resp))
	}
	return checks, nil
}

func ask(ctx context.Context, r verdict.Request, backend http.RoundTripper) (verdict.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), nil)
	if err != nil {
		return verdict.Response{}, err
	}
	req.Header = r.Header.Clone()
	req.Header.Set("User-Agent", "corsage-doctor")
	req.Header.Set("Accept", "*/*")
	resp, err := backend.RoundTrip(req)
	if err != nil {
		return verdict.Response{}, err
	}
	_ = resp.Body.Close()
	return verdict.Response{Status: resp.StatusCode, Header: resp.Header}, nil
}
