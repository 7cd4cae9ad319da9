package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"corsage/proxy/record"
)

// pages remembers the policies of the documents that passed, for the log to tell
// which bound a request. Which document made a request is seen only if the
// request's Referer has its whole address, which browsers tell to its own origin;
// else the origin's last document is taken for it. Safe for concurrent use.
type pages struct {
	mu     sync.Mutex
	recent map[pageKey][]*record.Page // newest first
	order  []pageKey                  // oldest first
}

type pageKey struct{ browser, origin string }

// The bounds of pages.
const (
	pageOrigins = 500
	pagesEach   = 8 // documents of one browser and origin
)

// note takes over the answer to r if it is a document. received and sent are its
// header from the server and to the browser.
func (p *pages) note(u *url.URL, request http.Header, status int, received func(name string) []string, sent http.Header) {
	if !fillsFrame(request) || status/100 == 3 {
		return
	}
	doc := &record.Page{
		URL:      withoutFragment(u),
		Received: policy(received),
		Sent:     policy(func(name string) []string { return sent[name] }),
	}
	key := pageKey{request.Get("User-Agent"), originOf(u)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.recent == nil {
		p.recent = make(map[pageKey][]*record.Page)
	}
	known, ok := p.recent[key]
	if !ok {
		if len(p.order) == pageOrigins {
			delete(p.recent, p.order[0])
			p.order = slices.Delete(p.order, 0, 1)
		}
		p.order = append(p.order, key)
	}
	docs := []*record.Page{doc}
	for _, old := range known {
		if old.URL != doc.URL && len(docs) < pagesEach {
			docs = append(docs, old)
		}
	}
	p.recent[key] = docs
}

// of returns the document that made a request of the origin's pages, nil where
// none of them passed.
func (p *pages) of(request http.Header, origin string) *record.Page {
	if origin == "" || origin == "null" || topLevel(request) {
		return nil
	}
	p.mu.Lock()
	docs := p.recent[pageKey{request.Get("User-Agent"), origin}]
	p.mu.Unlock()
	if len(docs) == 0 {
		return nil
	}
	from := request.Get("Referer")
	for _, doc := range docs {
		if doc.URL == from {
			return doc
		}
	}
	return docs[0]
}

// fillsFrame reports a request for a document: of a tab or a frame.
func fillsFrame(request http.Header) bool {
	if mode := request.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return request.Get("Upgrade-Insecure-Requests") == "1"
}

func policy(field func(name string) []string) record.Policy {
	first := func(name string) string { return strings.Join(field(name), ", ") }
	return record.Policy{
		CSP:      field("Content-Security-Policy"),
		Embedder: first("Cross-Origin-Embedder-Policy"),
		Opener:   first("Cross-Origin-Opener-Policy"),
	}
}

func withoutFragment(u *url.URL) string {
	if u.Fragment == "" {
		return u.String()
	}
	bare := *u
	bare.Fragment, bare.RawFragment = "", ""
	return bare.String()
}

// answered returns a field of the answer as the backend sent it.
func (f *Flow) answered(name string) []string {
	for _, c := range f.changes {
		if c.Side == record.Response && c.Header == name {
			return c.Before
		}
	}
	return f.Response.Header[name]
}
