package ui

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/proxy/authority"
	"corsage/proxy/authority/trust"
	"corsage/proxy/record"
)

// trustBench is a machine with NSS databases in a temporary folder, and roots.
type trustBench struct {
	*testUI
	w         *trustWindow
	dir       string
	authority *authority.Roots
	hosts     map[string][]string // by profile
	certutil  string
	stores    func() []trust.Store
	forgotten [][]trust.Found
}

func newTrustBench(t *testing.T, profiles ...string) *trustBench {
	t.Helper()
	certutil, err := exec.LookPath("certutil")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v (.ci/setup --tests)", err)
		}
		t.Skip(err)
	}
	b := &trustBench{testUI: newTestUI(t, profiles...), dir: t.TempDir(), hosts: make(map[string][]string), certutil: certutil}
	if b.authority, err = authority.OpenRoots(filepath.Join(b.dir, "ca")); err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if err := os.WriteFile(b.file(p), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b.hosts[p] = []string{strings.ToLower(p) + ".example.com"}
	}
	b.stores = func() []trust.Store {
		return []trust.Store{
			trust.NSS("nss", "Chromium's family", "Chromium, Chrome, Edge, Brave, Vivaldi and Opera", filepath.Join(b.dir, "nssdb"), certutil),
			trust.NSS("firefox:default-release", "Firefox, profile default-release", "Firefox", filepath.Join(b.dir, "firefox"), certutil),
		}
	}
	b.Trust = &TrustStores{
		Roots: func() (all []TrustRoot, err error) {
			var roots []*authority.Authority
			var names []string
			for _, name := range profiles {
				if len(b.hosts[name]) == 0 {
					continue
				}
				a, failed := b.authority.For(b.file(name), b.hosts[name])
				if failed != nil {
					return nil, failed
				}
				roots, names = append(roots, a), append(names, name)
			}
			retired, err := b.authority.Retired() // now that some may be
			for i, a := range roots {
				name, s := names[i], a.Status()
				r := TrustRoot{Hosts: s.Hosts, Fingerprint: s.Fingerprint, Until: s.ValidUntil, Renewed: b.authority.Renewed(b.file(name))}
				r.Profile = trust.Profile{Name: name, Root: trust.Root{Profile: name, Path: s.CertPath, Cert: a.Certificate()}}
				for _, old := range retired {
					if old.Profile == b.file(name) {
						r.Retired = append(r.Retired, old.Certificate)
					}
				}
				all = append(all, r)
			}
			return all, err
		},
		Look:   func(ctx context.Context) []trust.Found { return trust.Survey(ctx, b.stores()) },
		Forget: func(found []trust.Found) error { b.forgotten = append(b.forgotten, found); return nil },
	}
	return b
}

func (b *trustBench) file(profile string) string { return filepath.Join(b.dir, profile+".yaml") }

// open shows the window, of one profile or of all.
func (b *trustBench) open(profile string) {
	b.ShowTrust(profile)
	b.settle()
	b.w = b.trust
}

// tap clicks a row's button and waits for what it does.
func (b *trustBench) tap(t *testing.T, button *widget.Button) {
	t.Helper()
	if button == nil || button.Disabled() {
		t.Fatalf("no button to tap: %+v", button)
	}
	test.Tap(button)
	b.settle()
}

// text is everything that the window shows.
func (b *trustBench) text() string { return allText(b.w.window.Content()) }

func (b *trustBench) has(t *testing.T, step string, want ...string) {
	t.Helper()
	got := b.text()
	for _, w := range want {
		if none, ok := strings.CutPrefix(w, "!"); ok == strings.Contains(got, none) {
			t.Errorf("%s: %q in\n%s", step, w, got)
		}
	}
}

func TestTrustWindow(t *testing.T) {
	b := newTrustBench(t, "Bank", "Shop")
	b.open("")
	b.has(t, "at first", "Good for bank.example.com, and the names below", "Good for shop.example.com", "SHA-256", "Not trusted", "!Trusted.", "Read by Firefox", "!No longer used")
	if _, err := os.Stat(filepath.Join(b.dir, "nssdb")); err == nil {
		t.Fatal("a store was made without a click")
	}
	if len(b.w.rows) != 4 {
		t.Fatalf("%d rows", len(b.w.rows))
	}

	// The commands are shown as they would be run, and show nothing else being done.
	row := "nss\nShop"
	test.Tap(b.w.rows[row].commands)
	found := trust.Survey(t.Context(), b.stores())[0]
	roots, _ := b.Trust.Roots()
	overlay := b.w.window.Canvas().Overlays().Top()
	if overlay == nil {
		t.Fatal("no commands are shown")
	}
	shown := allText(overlay)
	for _, line := range found.Trusting(roots[1].Profile).Lines(trust.AsIs) {
		if !strings.Contains(shown, line) {
			t.Errorf("%q is not among the commands shown:\n%s", line, shown)
		}
	}
	for _, button := range buttonsIn(overlay) {
		if button.Text == "Copy" {
			test.Tap(button)
			if got := b.app.Clipboard().Content(); !strings.Contains(got, "certutil -A -d sql:") {
				t.Errorf("copied %q", got)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(b.dir, "nssdb")); err == nil {
		t.Fatal("showing the commands ran them")
	}
	for _, button := range buttonsIn(overlay) {
		if button.Text == "Install" {
			b.tap(t, button)
		}
	}
	b.has(t, "installed", "Trusted", "Done. Browsers that are running", "Not trusted")
	if f := trust.Survey(t.Context(), b.stores())[0]; f.State(roots[1].Profile) != trust.Trusted || f.State(roots[0].Profile) != trust.NotTrusted {
		t.Errorf("the store: %s, %s", f.State(roots[1].Profile), f.State(roots[0].Profile))
	}
	if b.w.rows[row].act.Text != "Remove" || b.w.rows["nss\nBank"].act.Text != "Install" {
		t.Error("the buttons are not those of the new state")
	}

	// The profile gains a host: the new root is asked for, the old one offered for
	// removal, and goes with it.
	b.hosts["Shop"] = append(b.hosts["Shop"], "pay.example.com")
	b.open("Shop")
	b.has(t, "renewed", "Trusts an earlier certificate of this profile", "was renewed on", "No longer used", "1 certificate", "!bank.example.com")
	b.tap(t, b.w.rows[row].act)
	b.has(t, "the new one", "Trusted", "!No longer used")
	b.tap(t, b.w.rows[row].act)
	b.has(t, "removed", "!Trusted", "Not trusted", "Done.")
	if f := trust.Survey(t.Context(), b.stores())[0]; len(f.Content) != 0 {
		t.Errorf("left in the store: %v", f.Content)
	}
	if len(b.forgotten) != 3 {
		t.Errorf("after %d changes it was asked what can be forgotten", len(b.forgotten))
	}
}

// What is in a store of a profile that is gone can be removed.
func TestTrustWindowLeftovers(t *testing.T) {
	b := newTrustBench(t, "Bank", "Shop")
	b.open("")
	b.tap(t, b.w.rows["nss\nShop"].act)
	b.tap(t, b.w.rows["nss\nBank"].act)
	b.hosts["Shop"] = nil // deleted
	b.open("")
	b.has(t, "deleted", "No longer used", "Corsage shop.example.com (", "!Good for shop")
	b.tap(t, b.w.rows["nss"].act)
	b.has(t, "removed", "!No longer used", "Trusted")
	b.open("Shop")
	b.has(t, "without a root", "The profile “Shop” has no https backend")
}

// A store that can't be read says why, and a change that fails what went wrong.
func TestTrustWindowFaults(t *testing.T) {
	b := newTrustBench(t, "Shop")
	before := b.stores
	b.stores = func() []trust.Store {
		return append(before(), trust.NSS("nss:snap-x", "x, snap", "The snap x", filepath.Join(b.dir, "nssdb"), ""))
	}
	b.open("")
	b.tap(t, b.w.rows["nss\nShop"].act)
	b.has(t, "unreadable", "Can't tell", "NSS's certutil is missing")
	if row := b.w.rows["nss:snap-x\nShop"]; row.act != nil || row.commands != nil {
		t.Error("a store that can't be read can be changed")
	}
	if err := os.Chmod(filepath.Join(b.dir, "nssdb", "cert9.db"), 0); err != nil {
		t.Fatal(err)
	}
	roots := b.Trust.Roots
	b.Trust.Roots = func() ([]TrustRoot, error) {
		all, _ := roots()
		return all, errors.New("one is missing")
	}
	b.w.change(trustChange{key: "nss\nShop", do: func(context.Context) error { return errors.New("the disk is full") }})
	b.settle()
	b.has(t, "a change that failed", "The disk is full", "One is missing")
}

// While a change is under way nobody looks: what was found might be older than the
// change, and be shown after it.
func TestTrustWindowLooksAfterAChange(t *testing.T) {
	b := newTrustBench(t, "Shop")
	b.open("")
	var looks atomic.Int32
	look := b.Trust.Look
	b.Trust.Look = func(ctx context.Context) []trust.Found {
		looks.Add(1)
		return look(ctx)
	}
	shop, store := b.w.roots[0].Profile, b.w.found[0]
	free := make(chan struct{})
	b.w.change(trustChange{key: "nss\nShop", do: func(ctx context.Context) error {
		<-free
		return store.Trust(ctx, shop)
	}})
	if !b.w.again.Disabled() {
		t.Error("one can look while a change is under way")
	}
	b.w.look()
	b.ShowTrust("Shop")
	close(free)
	b.settle()
	if n := looks.Load(); n != 1 {
		t.Errorf("%d looks", n)
	}
	b.has(t, "changed", "Trusted")
	if b.w.again.Disabled() {
		t.Error("one can't look again")
	}
}

// What a removal would leave is said where its button would be.
func TestTrustWindowTellsWhatStays(t *testing.T) {
	b := newTrustBench(t, "Shop")
	b.open("")
	b.tap(t, b.w.rows["nss\nShop"].act)
	look := b.Trust.Look
	b.Trust.Look = func(ctx context.Context) []trust.Found {
		found := look(ctx)
		for i := range found[0].Content {
			h := &found[0].Content[i]
			h.Label, h.Beside = "/usr/local/share/ca-certificates/company.crt", []*x509.Certificate{new(x509.Certificate)}
		}
		return found
	}
	b.open("")
	b.has(t, "beside another", "Trusted", "company.crt also has certificates that are to stay")
	if row := b.w.rows["nss\nShop"]; row.act != nil || row.commands != nil {
		t.Error("it has buttons")
	}
}

// A refused certificate is a row that says so, and its details lead to both ways
// out.
func TestRefusalInTheLog(t *testing.T) {
	b := newTrustBench(t, "Bank", "Shop")
	l, m := b.openLog(t)
	e := refusedEntry("curl/7.88.1", "unknown_ca", 1)
	e.ID = b.Recorder.Add(e)
	b.feedLog(m)
	if len(l.view.rows) != 1 || signText(l.view.rows[0]) != "certificate not trusted" || signColor(l.view.rows[0]) != theme.ColorNameError {
		t.Fatalf("rows %+v", l.view.rows)
	}
	var links []*trustLink
	for _, o := range test.LaidOutObjects(l.window.Content()) {
		if link, ok := o.(*trustLink); ok && link.Visible() {
			links = append(links, link)
		}
	}
	if len(links) != 1 {
		t.Fatalf("%d rows have the button", len(links))
	}
	test.Tap(links[0])
	b.settle()
	if !b.isShown(b.trust.window) || b.trust.profile != "Shop" || l.list.selected != 0 {
		t.Errorf("the row's button: shown %t, of %q, row %d selected", b.isShown(b.trust.window), b.trust.profile, l.list.selected)
	}
	b.Hide(b.trust.window)
	again := refusedEntry("curl/7.88.1", "unknown_ca", 12)
	again.ID = e.ID
	b.Recorder.Update(again)
	b.feedLog(m)
	l.list.pick(l.view.rows[0])
	d := l.details
	if got := d.facts.Text; !strings.Contains(got, "certificate not trusted (12 times), the last time at 10:11:12.000") || !strings.Contains(got, "by curl 7") {
		t.Errorf("facts %q", got)
	}
	if !d.refusal.box.Visible() || !strings.Contains(d.failure.Text, "Curl 7 does not trust Corsage's certificate (unknown_ca)") {
		t.Errorf("no way out is shown: %q", d.failure.Text)
	}
	test.Tap(d.refusal.trust)
	b.settle()
	b.w = b.trust
	if !b.isShown(b.w.window) {
		t.Fatal("the Trust window is not shown")
	}
	b.has(t, "opened from the log", "Good for shop.example.com", "!bank.example.com")
	test.Tap(d.refusal.open)
	if fyne.CurrentApp().Driver().CanvasForObject(d.refusal.open).Overlays().Top() == nil {
		t.Error("no browsers are offered")
	}

	// Another exchange has no such thing.
	b.Recorder.Add(sampleEntry(2))
	b.feedLog(m)
	l.list.pick(l.view.rows[1])
	if d.refusal.box.Visible() {
		t.Error("an exchange that was none offers the way out of a refusal")
	}
	for alert, want := range map[string]string{"": "certificate not trusted", "bad_certificate": "certificate not trusted",
		"certificate_expired": "certificate expired, says the client", "certificate_revoked": "certificate not accepted"} {
		e := refusedEntry("", alert, 1)
		if got := refusalText(e.Refusal); got != want {
			t.Errorf("%s: %q", alert, got)
		}
		if cause := refusalCause(e); !strings.HasPrefix(cause, "a program without a name ") || !strings.Contains(cause, alert) || ways(e.Refusal) == "" {
			t.Errorf("%s: %q", alert, cause)
		}
	}
}

func refusedEntry(agent, alert string, count int) *record.Entry {
	start := time.Date(2026, 11, 25, 10, 11, 2, 0, time.Local)
	e := &record.Entry{
		Start: start, State: record.Aborted, Method: http.MethodConnect, URL: "https://shop.example.com:443", Host: "shop.example.com:443", Path: "/",
		Profile: "Shop", Relation: "own",
		Error:   "The client does not trust Corsage's certificate (" + alert + "). Trust the profile's root (`corsage ca install`, or what `corsage env` prints), or use a browser that Corsage opens.",
		Refusal: &record.Refusal{Alert: alert, Count: count, Last: start.Add(10 * time.Second)},
	}
	e.Request.Head = record.NewHead(http.Header{"User-Agent": {agent}})
	return e
}

// TestTrustLook draws the window, and the log's details of a refusal;
// CORSAGE_SCREENSHOTS names a folder to look at them.
func TestTrustLook(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		b := newTrustBench(t, "Bank", "Shop")
		stores := b.stores
		b.stores = func() []trust.Store {
			return append(stores(), trust.NSS("nss:snap-chromium", "chromium, snap", "The snap chromium", filepath.Join(b.dir, "nssdb"), ""))
		}
		b.app.Settings().SetTheme(fixed{NewTheme(), variant})
		b.open("")
		b.tap(t, b.w.rows["nss\nBank"].act)
		b.tap(t, b.w.rows["nss\nShop"].act)
		b.hosts["Shop"] = append(b.hosts["Shop"], "10.0.0.5", "a-rather-long-name-of-a-backend.staging.internal.example.org")
		b.open("")
		for _, width := range []float32{820, 560, 1200} {
			b.w.window.Resize(fyne.NewSize(width, 900))
			shoot(t, b.w.window.Canvas(), fmt.Sprintf("%s-trust-%.0f", name, width))
		}
		test.Tap(b.w.rows["nss\nShop"].commands)
		b.w.window.Resize(fyne.NewSize(820, 700))
		shoot(t, b.w.window.Canvas(), name+"-trust-commands")

		l, m := b.openLog(t)
		b.Recorder.Add(sampleEntry(1))
		b.Recorder.Add(refusedEntry("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "unknown_ca", 3))
		b.Recorder.Add(refusedEntry("", "", 1))
		b.feedLog(m)
		l.list.pick(l.view.rows[1])
		for _, width := range []float32{1240, 860} {
			l.window.Resize(fyne.NewSize(width, 640))
			shoot(t, l.window.Canvas(), fmt.Sprintf("%s-refusal-%.0f", name, width))
		}
		b.Close()
	}
}

// allText is every text that is shown in an object.
func allText(o fyne.CanvasObject) string {
	var b strings.Builder
	for _, o := range test.LaidOutObjects(o) {
		switch o := o.(type) {
		case *widget.RichText:
			b.WriteString(o.String() + "\n")
		case *widget.Label:
			b.WriteString(o.Text + "\n")
		}
	}
	return b.String()
}

func buttonsIn(o fyne.CanvasObject) []*widget.Button {
	var all []*widget.Button
	for _, o := range test.LaidOutObjects(o) {
		if b, ok := o.(*widget.Button); ok {
			all = append(all, b)
		}
	}
	return all
}
