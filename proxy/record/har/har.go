// Package har writes exchanges of the log as a HAR file, version 1.2
// (http://www.softwareishard.com/blog/har-12-spec/), which browsers' developer
// tools and many others read. An entry has the request as the browser sent it and
// the answer as it got it; what Corsage changed, and why, stands in its field
// "_corsage".
package har

import (
	"fmt"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/har"
	"github.com/dustin/go-humanize"

	"corsage/proxy/record"
	"corsage/proxy/record/body"
	"corsage/proxy/verdict"
)

// Entry is one exchange in the form of the file.
type Entry struct {
	har.Entry
	Response response `json:"response"` // in place of har.Entry's
	Corsage  corsage  `json:"_corsage"`
}

// response is har.Response with a content that is text.
type response struct {
	har.Response
	Content content `json:"content"`
}

type content struct {
	Size        int64  `json:"size"`
	Compression int64  `json:"compression,omitempty"`
	MimeType    string `json:"mimeType"`
	Text        string `json:"text,omitempty"`
	Comment     string `json:"comment,omitempty"`
}

// corsage is what other tools don't know; names with _ are free (section "Custom
// Fields").
type corsage struct {
	ID       uint64          `json:"id"`
	State    record.State    `json:"state"`
	Profile  string          `json:"profile"`
	Origin   string          `json:"origin,omitempty"`
	Relation string          `json:"relation"`
	Applied  []string        `json:"applied,omitempty"`
	Changes  []record.Change `json:"changes,omitempty"`
	Local    bool            `json:"local,omitempty"`
	Error    string          `json:"error,omitempty"`
	Refusal  *record.Refusal `json:"refusal,omitempty"`
	Verdict  *verdict.Pair   `json:"verdict,omitempty"`
}

// Of returns e in the form of the file. pair is what the browser made of it; nil
// where no browser made it.
func Of(e *record.Entry, pair *verdict.Pair) *Entry {
	took := milliseconds(e.Duration)
	x := &Entry{Corsage: corsage{
		ID: e.ID, State: e.State, Profile: e.Profile, Origin: e.Origin, Relation: e.Relation,
		Applied: e.Applied, Changes: e.Changes, Local: e.Local, Error: e.Error, Refusal: e.Refusal, Verdict: pair,
	}}
	x.StartedDateTime = e.Start.Format("2006-01-02T15:04:05.000Z07:00")
	x.Time = took
	x.Request = requestOf(e)
	x.Response = responseOf(e)
	x.Cache = &har.Cache{}
	x.Timings = &har.Timings{Wait: took} // how the time divides is not known
	x.Comment = e.Error
	return x
}

// milliseconds has no more digits than mean something.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func requestOf(e *record.Entry) *har.Request {
	h := e.Received(record.Request)
	r := &har.Request{
		Method: e.Method, URL: e.URL, HTTPVersion: proto(e.Request.Proto),
		Cookies: cookies((&http.Request{Header: h}).Cookies()), Headers: fields(h), QueryString: []*har.NameValuePair{},
		HeadersSize: -1, BodySize: e.Request.Size,
	}
	if u, err := url.Parse(e.URL); err == nil {
		r.QueryString = pairs(u.Query())
	}
	if e.Request.Size > 0 {
		r.PostData = posted(&e.Request, h)
	}
	return r
}

func posted(m *record.Message, h http.Header) *har.PostData {
	text, note := readable(m, h)
	p := &har.PostData{MimeType: h.Get("Content-Type"), Params: []*har.Param{}, Text: text, Comment: note}
	if media, _, _ := mime.ParseMediaType(p.MimeType); media == "application/x-www-form-urlencoded" && note == "" {
		if form, err := url.ParseQuery(text); err == nil {
			for _, pair := range pairs(form) {
				p.Params = append(p.Params, &har.Param{Name: pair.Name, Value: pair.Value})
			}
		}
	}
	return p
}

func responseOf(e *record.Entry) response {
	h := e.Sent(record.Response)
	var r response
	r.Response = har.Response{
		Status: int64(e.Status), StatusText: http.StatusText(e.Status), HTTPVersion: proto(e.Response.Proto),
		Cookies: cookies((&http.Response{Header: h}).Cookies()), Headers: fields(h),
		RedirectURL: h.Get("Location"), HeadersSize: -1, BodySize: e.Response.Size,
	}
	if e.Response.Proto == "" { // an answer of Corsage's own
		r.HTTPVersion = proto(e.Request.Proto)
	}
	text, note := readable(&e.Response, e.Response.Head.Header())
	r.Content = content{Size: e.Response.Size, MimeType: h.Get("Content-Type"), Text: text, Comment: note}
	if n := int64(len(text)); note == "" && text != "" {
		r.Content.Size, r.Content.Compression = n, n-e.Response.Size
	}
	return r
}

// proto is the version of HTTP, never empty.
func proto(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// readable is a body as text, or a note on why it is not, or not whole. The codings
// are those of the header that came with it.
func readable(m *record.Message, h http.Header) (text, note string) {
	if m.Size == 0 {
		return "", ""
	}
	if len(m.Body) == 0 {
		return "", humanize.Bytes(uint64(m.Size)) + ", not kept"
	}
	cut := int64(len(m.Body)) < m.Size
	raw, err := body.Unpack(m.Body, h.Get("Content-Encoding"), cut)
	if err != nil {
		return "", "not readable: " + err.Error()
	}
	more := len(raw) > body.Limit
	raw = raw[:min(len(raw), body.Limit)]
	_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	text, ok := body.Text(raw, params["charset"], cut || more)
	switch {
	case !ok:
		return "", humanize.Bytes(uint64(m.Size)) + " of binary data"
	case cut:
		return text, fmt.Sprintf("the first %s of %s", humanize.Bytes(uint64(len(m.Body))), humanize.Bytes(uint64(m.Size)))
	case more:
		return text, "the first " + humanize.Bytes(body.Limit)
	}
	return text, ""
}

// fields lists a header by name.
func fields(h http.Header) []*har.NameValuePair { return pairs(h) }

// pairs lists names with their values, by name.
func pairs(m map[string][]string) []*har.NameValuePair {
	list := []*har.NameValuePair{}
	for name, values := range m {
		for _, v := range values {
			list = append(list, &har.NameValuePair{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(list, func(a, b *har.NameValuePair) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func cookies(all []*http.Cookie) []*har.Cookie {
	list := []*har.Cookie{}
	for _, c := range all {
		x := &har.Cookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly, Secure: c.Secure}
		if !c.Expires.IsZero() {
			x.Expires = c.Expires.Format(time.RFC3339)
		}
		list = append(list, x)
	}
	return list
}
