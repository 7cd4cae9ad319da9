package e2e

import "testing"

// TestEndToEnd tells the whole story in each browser and each of its cookie
// settings. Two of them run at once on two cores.
func TestEndToEnd(t *testing.T) {
	w := newWorld(t)
	t.Cleanup(func() { w.outcomes.checkReadme(t) }) // after the parallel subtests
	for _, m := range modes {
		if m.once {
			t.Run("without corsage/"+m.name, func(t *testing.T) { withoutCorsage(t, w, m) })
		}
	}
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, w, m)
			t.Run("ways", s.ways)
			for _, k := range s.kinds() {
				t.Run(k.name+"/story", func(t *testing.T) { s.story(t, k) })
				t.Run(k.name+"/profile off", func(t *testing.T) { s.profileOff(t, k) })
				t.Run(k.name+"/own login before", func(t *testing.T) { s.ownLogin(t, k) })
				t.Run(k.name+"/foreign page", func(t *testing.T) { s.foreignPage(t, k) })
			}
			t.Run("held session", s.heldSession)
			if m.name == "firefox-blocking" {
				t.Run("two accounts", s.twoAccounts)
			}
			if _, ok := s.browser.(*chromium); ok {
				t.Run("private window", s.privateWindow)
			}
			t.Run("third-party cookies", s.thirdParty)
			t.Run("host not chosen", s.hostNotChosen)
			if m.third {
				t.Run("no held session", s.noHeldSession)
			}
			if !m.once {
				if !m.third {
					t.Run("restart", s.restart)
				}
				return
			}
			t.Run("csrf token by header", s.tokenByHeader)
			t.Run("answers", s.answers)
			t.Run("redirects", s.redirects)
			t.Run("null origin", s.nullOrigin)
			t.Run("event stream", s.eventStream)
			t.Run("websocket", s.webSocket)
			t.Run("large bodies", s.largeBodies)
		})
	}
}

// withoutCorsage shows what Corsage is for, and that the rest of these tests
// could fail: the browser on its own refuses the page every answer.
func withoutCorsage(t *testing.T, w *world, m mode) {
	b := m.start(t, browserOptions{cas: []string{w.ca.path}})
	page := b.open(t, w.pageURL)
	for _, base := range []string{w.https.urls[0], w.plain.urls[0], w.plain.urls[1]} {
		if got := call(t, page, base+"/csrf?token="+m.name); !got.refused() {
			t.Errorf("fetch %s: %s; want the browser's refusal", base, got)
		}
	}
	// The same story on the backends' own pages needs nobody's help. The one over
	// https is the last: what it sets with Secure stays, and WebKit lets no page of
	// the same host over plain http replace it (RFC 6265bis, section 5.7).
	for _, base := range []string{w.plain.urls[0], w.plain.urls[1], w.https.urls[0]} {
		own := b.open(t, base+loginPage)
		checkStory(t, base, run[[]answer](t, own, "story", accountAt(base)))
		own.close(t)
	}
	for _, d := range []*django{w.https, w.plain} {
		if len(d.seen(t, m.name)) == 0 {
			t.Errorf("%s: no request arrived, so the refusal proves nothing", d.urls[0])
		}
	}
}
