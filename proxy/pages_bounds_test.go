package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// Many documents leave no more than the newest behind.
func TestPagesAreBounded(t *testing.T) {
	var p pages
	request := http.Header{"User-Agent": {"A"}, "Sec-Fetch-Mode": {"navigate"}}
	load := func(origin, path string) {
		t.Helper()
		u, err := url.Parse(origin + path)
		if err != nil {
			t.Fatal(err)
		}
		p.note(u, request, 200, func(string) []string { return nil }, http.Header{})
	}
	for i := range pagesEach + 5 {
		load("https://app.test", fmt.Sprintf("/%d#top", i))
		load("https://app.test", fmt.Sprintf("/%d", i)) // the same document again
	}
	call := http.Header{"User-Agent": {"A"}, "Sec-Fetch-Mode": {"cors"}}
	docs := p.recent[pageKey{"A", "https://app.test"}]
	if len(docs) != pagesEach || docs[0].URL != fmt.Sprintf("https://app.test/%d", pagesEach+4) || p.of(call, "https://app.test") != docs[0] {
		t.Errorf("%d documents of one origin", len(docs))
	}
	for i := range pageOrigins {
		load(fmt.Sprintf("https://%d.test", i), "/")
	}
	if len(p.recent) != pageOrigins || len(p.order) != pageOrigins || p.of(call, "https://app.test") != nil || p.of(call, "https://0.test") == nil {
		t.Errorf("%d origins, %d in their order", len(p.recent), len(p.order))
	}
}
