package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"corsage/profiles"
)

// wayFields returns the fields that say how a backend is reached, by their names
// in the file.
func (p *testProfiles) wayFields(i int) map[string]*field {
	byName := make(map[string]*field)
	for _, f := range p.editor.backends.rows[i].fields {
		byName[strings.TrimPrefix(f.path, indexed("backends", i)+".")] = f
	}
	return byName
}

func TestWaysToABackend(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(p.dir, "certs"), 0o700))
	cert, key, _ := strings.Cut(clientCertificate, "-----BEGIN PRIVATE KEY-----")
	p.write("certs/me.pem", cert)
	p.write("certs/me-key.pem", "-----BEGIN PRIVATE KEY-----"+key)

	test.Tap(p.editor.backends.rows[0].more)
	f := p.wayFields(0)
	p.enter(f["host"], "upstream")
	if text := f["host"].wrong.String(); !f["host"].wrong.Visible() || !strings.Contains(text, "is of no use alone") {
		t.Errorf("a host without an upstream says %q", text)
	}
	p.enter(f["upstream"], "http://localhost:3000")
	if f["host"].wrong.Visible() {
		t.Errorf("it still says %q", f["host"].wrong.String())
	}
	p.enter(f["server-name"], "internal.example.com")
	p.enter(f["certificate"], "certs/me.pem")
	if text := f["certificate"].wrong.String(); !f["certificate"].wrong.Visible() || !strings.Contains(text, "holds no key") {
		t.Errorf("the certificate without its key says %q", text)
	}
	p.enter(f["key"], "certs/me-key.pem")
	if f["certificate"].wrong.Visible() {
		t.Errorf("it still says %q", f["certificate"].wrong.String())
	}
	p.enter(p.editor.proxy, "proxy.corp:3128")
	if text := p.editor.proxy.wrong.String(); !p.editor.proxy.wrong.Visible() || !strings.Contains(text, "write http://proxy.corp:3128") {
		t.Errorf("a proxy without a scheme says %q", text)
	}
	p.enter(p.editor.proxy, "http://proxy.corp:3128")
	want := profiles.Backend{URL: "https://dev.example.com", Upstream: "http://localhost:3000", Host: "upstream", ServerName: "internal.example.com", Certificate: "certs/me.pem", Key: "certs/me-key.pem"}
	if got := p.only().Profile; got.Backends[0] != want || got.Proxy != "http://proxy.corp:3128" {
		t.Errorf("%+v", got)
	}
	if got := p.read("shop.yaml"); !strings.Contains(got, "# the shared one") || !strings.Contains(got, "owner: team-shop") {
		t.Errorf("the file lost what others wrote:\n%s", got)
	}

	// from the file into the window, and back to none
	p.outside("shop.yaml", shopFile+"proxy: direct\n")
	if p.editor.proxy.entry.Text != "direct" || p.wayFields(0)["key"].entry.Text != "" {
		t.Errorf("the window shows %q", p.editor.proxy.entry.Text)
	}
	p.enter(p.editor.proxy, "")
	p.wantFile("shop.yaml", shopFile)
}

// What a file says of the way is seen without a click.
func TestWaysAreShown(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": strings.Replace(shopFile, "# the shared one\n", "# the shared one\n    server-name: internal.example.com\n", 1)})
	if r := p.editor.backends.rows[0]; !r.options.Visible() || p.wayFields(0)["server-name"].entry.Text != "internal.example.com" {
		t.Error("the options are hidden")
	}
}

func TestProxyIsADraftToo(t *testing.T) {
	base, mine, theirs := shop(), shop(), shop()
	mine.Proxy = "direct"
	theirs.Name = "Store"
	if got := merge(base, mine, theirs); got.Proxy != "direct" || got.Name != "Store" {
		t.Errorf("merged to %+v", got)
	}
	d := newDraft("shop.yaml", shop())
	d.proxy = "ftp://x"
	if got, wrong := d.savable(); got.Proxy != "" || wrong["proxy"] == "" || !d.dirty() {
		t.Errorf("saves %q, says %q", got.Proxy, wrong)
	}
	theirs.Proxy = "environment"
	if d.rebase(theirs); d.proxy != "ftp://x" || !d.moved {
		t.Errorf("the file's change leaves %q", d.proxy)
	}
}

// TestProfilesLook draws the editor with everything in it; CORSAGE_SCREENSHOTS
// names a folder to look at it.
func TestProfilesLook(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": `name: Shop
proxy: http://me:secret@proxy.corp:3128
backends:
  - url: https://dev.example.com
    path: ^/api/
    upstream: http://localhost:3000
    server-name: internal.example.com
  - url: https://other.example.com
`})
	p.app.Settings().SetTheme(fixed{NewTheme(), theme.VariantLight})
	test.Tap(p.editor.backends.rows[1].more)
	f := p.wayFields(1)
	p.enter(f["certificate"], "certs/me.pem")
	p.window.Resize(fyne.NewSize(990, 1099))
	p.window.Resize(fyne.NewSize(1000, 1100))
	shoot(t, p.window.Canvas(), "profiles-ways")
	for _, field := range f {
		if min := field.box.MinSize(); min.Width > 500 {
			t.Errorf("%s needs %v", field.path, min)
		}
	}
}

// clientCertificate was made for tests, with its key.
const clientCertificate = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUWJkeD5kJLT1lp+lccltWbdHgRmMwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGYSB0ZXN0MCAXDTI2MTEyNTAxNDEzOVoYDzIwODEwODI4MDE0
MTM5WjARMQ8wDQYDVQQDDAZhIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAR/JateexqyAcgoQ+qoeff9qiYUJeXjaYtk883ra18UPxicWvYIMeI1nUDcuZ6c
opdeYAy+7/lRzz4wz50hl9Kso1MwUTAdBgNVHQ4EFgQUc6JgEl8YKfsFwcogMhTr
e92EW5kwHwYDVR0jBBgwFoAUc6JgEl8YKfsFwcogMhTre92EW5kwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAvXKsKWgMWLWXfnAmLCYuLKkrai6Q4
G0u/NP5JHIMT7QIhAIfzPqqho7OjKjc+wZ4cQJlZALya0oDSBVTpHuYXAKeU
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTXiV0HcXnwm3X1dK
JlX261JHV+bJ2SxtdxtuTx2DxG+hRANCAAR/JateexqyAcgoQ+qoeff9qiYUJeXj
aYtk883ra18UPxicWvYIMeI1nUDcuZ6copdeYAy+7/lRzz4wz50hl9Ks
-----END PRIVATE KEY-----
`
