package e2e

import "testing"

// TestWithoutCorsage shows what Corsage is for, and that the rest of these
// tests could fail: the browser on its own refuses the page every answer.
func TestWithoutCorsage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers and Django, which -short is there to avoid")
	}
	w := newWorld(t)
	for _, m := range modes {
		if !m.once {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			b := m.start(t, browserOptions{cas: []string{w.ca.path}})
			page := b.open(t, w.page)
			for _, base := range []string{w.https.urls[0], w.plain.urls[0], w.plain.urls[1]} {
				got := run[answer](t, page, "call", base+"/csrf?token="+m.name)
				if !got.refused() {
					t.Errorf("fetch %s: %s; want the browser's refusal", base, got)
				}
			}
			for _, d := range []*django{w.https, w.plain} {
				if len(d.seen(t, m.name)) == 0 {
					t.Errorf("%s: no request arrived, so the refusal proves nothing", d.urls[0])
				}
			}
		})
	}
}
