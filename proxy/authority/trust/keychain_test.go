package trust

import (
	"crypto/x509"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestKeychain(t *testing.T) {
	shop, old, foreign := newRoot(t, "Shop"), newRoot(t, "Shop"), newRoot(t, "x", func(c *x509.Certificate) {
		c.Subject.Organization, c.Subject.CommonName = []string{"Somebody"}, "Corsage"
	})
	store := loginKeychain("/Users/me")
	file := filepath.Join("/Users/me", "Library", "Keychains", "login.keychain-db")
	settings := "Number of trusted certs = 3\nCert 0: Somebody\n   Number of trust settings : 0\nCert 1: " + shop.Cert.Subject.CommonName +
		"\n   Number of trust settings : 1\n   Trust Setting 0:\n      Policy OID            : SSL\n      Allowed Error         : CSSMERR_TP_CERT_EXPIRED\n      Result Type           : kSecTrustSettingsResultTrustRoot\n" +
		"Cert 2: " + old.Cert.Subject.CommonName + "\n   Number of trust settings : 1\n   Trust Setting 0:\n      Result Type           : kSecTrustSettingsResultDeny\n"
	r := &recorder{answers: map[string]any{"security find-certificate": pemText(shop, old, foreign), "security dump-trust-settings": settings}}
	store.run = r.run
	held, err := store.Held(t.Context())
	if err != nil || len(held) != 2 || StateOf(held, shop.Cert, nil) != Trusted || StateOf(held, old.Cert, nil) != NotTrusted {
		t.Fatalf("held %v: %v", held, err)
	}
	if want := []string{"security find-certificate -a -c Corsage -p " + file, "security dump-trust-settings"}; !slices.Equal(r.ran, want) {
		t.Errorf("listing ran %q", r.ran)
	}
	if got, want := store.Removing(held).Commands, [][]string{
		{"security", "delete-certificate", "-Z", thumbprint(shop.Cert), "-t", file},
		{"security", "delete-certificate", "-Z", thumbprint(old.Cert), "-t", file},
	}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("remove %q", got)
	}
	if got, want := store.Installing([]Root{shop.Root, old.Root}, held).Commands, [][]string{
		{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", file, old.Path},
	}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("install %q", got)
	}
	for _, empty := range []map[string]any{
		{"security find-certificate": "", "security dump-trust-settings": &failure{nil, 1, "SecTrustSettingsCopyCertificates: No Trust Settings were found."}},
		{"security find-certificate": &failure{nil, 44, "security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain."}},
	} {
		store.run = (&recorder{answers: empty}).run
		if held, err := store.Held(t.Context()); err != nil || len(held) != 0 {
			t.Errorf("an empty one: %v %v", held, err)
		}
	}
	store.run = (&recorder{answers: map[string]any{"security find-certificate": &failure{[]string{"security"}, 50, "The specified keychain could not be opened."}}}).run
	if _, err := store.Held(t.Context()); err == nil || !strings.Contains(err.Error(), "Login keychain: `security` failed (50)") {
		t.Errorf("a locked one: %v", err)
	}
}

func TestWindowsRoots(t *testing.T) {
	shop, foreign := newRoot(t, "Shop"), newRoot(t, "x", func(c *x509.Certificate) { c.Subject.Organization = []string{"Corsage & Co"} })
	store := userRoots("/System32")
	certutil := filepath.Join("/System32", "certutil.exe")
	r := &recorder{answers: map[string]any{filepath.Join("/System32", "WindowsPowerShell", "v1.0", "powershell.exe") + " -NoProfile -NonInteractive -Command Get-ChildItem": oneLine(pemText(shop)) + "\r\n" + oneLine(pemText(shop)) + "\r\n" + oneLine(pemText(foreign)) + "\r\n"}}
	store.run = r.run
	held, err := store.Held(t.Context())
	if err != nil || len(held) != 1 || StateOf(held, shop.Cert, nil) != Trusted {
		t.Fatalf("held %v: %v", held, err)
	}
	if got, want := store.Removing(held).Commands, [][]string{{certutil, "-user", "-delstore", "Root", thumbprint(shop.Cert)}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("remove %q", got)
	}
	if got, want := store.Installing([]Root{shop.Root}, nil).Commands, [][]string{{certutil, "-user", "-addstore", "Root", shop.Path}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("install %q", got)
	}
	store.run = (&recorder{answers: map[string]any{"/": "Get-ChildItem : no such drive\n"}}).run
	if _, err := store.Held(t.Context()); err == nil || !strings.Contains(err.Error(), "no such drive") {
		t.Errorf("what PowerShell says: %v", err)
	}
}

// oneLine is the base64 in PEM text.
func oneLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[1:len(lines)-1], "")
}
