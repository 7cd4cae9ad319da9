package instance

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"corsage/proxy/record/filter"
	"corsage/ui/logstream"
)

// LogQuery says which lines of the log are wanted.
type LogQuery struct {
	Format logstream.Format
	// Filter is an expression of package filter; "" for all exchanges.
	Filter string
	// Last is how many of those that are there are wanted; negative for all.
	Last int
	// Follow asks for what is to come as well.
	Follow bool
}

func (q LogQuery) encode() string {
	return url.Values{
		"format": {string(q.Format)}, "filter": {q.Filter}, "last": {strconv.Itoa(q.Last)}, "follow": {strconv.FormatBool(q.Follow)},
	}.Encode()
}

func parseLogQuery(v url.Values) (q LogQuery, f filter.Filter, err error) {
	var errs [3]error
	q = LogQuery{Format: logstream.Format(v.Get("format")), Filter: v.Get("filter")}
	q.Last, errs[0] = strconv.Atoi(v.Get("last"))
	q.Follow, errs[1] = strconv.ParseBool(v.Get("follow"))
	f, errs[2] = filter.Parse(q.Filter)
	return q, f, errors.Join(errs[:]...)
}

// streamLog answers GET /log with the lines that the query asks for, and goes on
// with what comes until the asker leaves or the proxy has ended.
func (i *Instance) streamLog(w http.ResponseWriter, r *http.Request) {
	q, f, err := parseLogQuery(r.URL.Query())
	if err != nil {
		answer(w, http.StatusBadRequest, failure{"the log can't be had like this: " + err.Error()})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out := &flushing{w, http.NewResponseController(w)}
	if err := out.Flush(); err != nil {
		return
	}
	lines := logstream.New(out, logstream.Options{Format: q.Format, Filter: f, Ring: LogLimit, Late: true, Last: q.Last})
	if !q.Follow {
		_ = lines.Once(i.Recorder) // an error is the asker's leaving
		return
	}
	i.followers.Add(1)
	defer i.followers.Add(-1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-i.settled:
			cancel()
		case <-ctx.Done():
		}
	}()
	_ = lines.Follow(i.Recorder, ctx.Done())
}

// flushing sends each write at once.
type flushing struct {
	http.ResponseWriter
	*http.ResponseController
}

func (f *flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	return n, errors.Join(err, f.Flush())
}

// Log returns lines of the running instance's log. They end when all are there, or
// with q.Follow when the instance has quit; in the midst with an error where it
// was killed. The caller must read them or close them.
func (c *Client) Log(ctx context.Context, q LogQuery) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://corsage/log?"+q.encode(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp.Body, nil
}
