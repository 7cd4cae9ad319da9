package cli

import (
	"strings"
	"testing"
)

// What a person types for a browser and a page.
func TestBrowserUse(t *testing.T) {
	for _, c := range []struct{ args, name, page, fails string }{
		{"", "", "", ""},
		{"chrome", "chrome", "", ""},
		{"firefox 153.7", "firefox 153.7", "", ""},
		{"org.mozilla.firefox", "org.mozilla.firefox", "", ""},
		{"/opt/a:b/chrome", "/opt/a:b/chrome", "", ""},
		{"./chrome", "./chrome", "", ""},
		{`C:\Browsers\chrome.exe`, `C:\Browsers\chrome.exe`, "", ""},
		{"localhost", "", "http://localhost", ""},
		{"LOCALHOST/x", "", "http://LOCALHOST/x", ""},
		{"localhost:3000/a:b?c", "", "http://localhost:3000/a:b?c", ""},
		{"[::1]:3000", "", "http://[::1]:3000", ""},
		{"HTTPS://dev.example.com/x", "", "HTTPS://dev.example.com/x", ""},
		{"ü.example:8000/ä b", "", "http://ü.example:8000/ä b", ""},
		{"about:config", "", "about:config", ""},
		{"data:text/html,<p>a b", "", "data:text/html,<p>a b", ""},
		{"file:///tmp/a b.html", "", "file:///tmp/a b.html", ""},
		{"view-source:http://localhost:3000", "", "view-source:http://localhost:3000", ""},
		{"chrome|dev.example.com", "chrome", "http://dev.example.com", ""},
		{"chrome|chrome://version", "chrome", "chrome://version", ""},
		{"localhost:3000|chrome", "", "", "name comes first: corsage browser chrome localhost:3000"},
		{"chrome|/etc/hosts", "", "", "it names no host"},
		{"chrome|http://", "", "", "it names no host"},
		{"http://a b/", "", "", "no page's address"},
		{"chrome|::1", "", "", "no page's address"},
		{"chrome|x|y", "", "", "takes a name and a URL"},
	} {
		var args []string
		if c.args != "" {
			args = strings.Split(c.args, "|")
		}
		var u browserUse
		err := u.read(args)
		switch {
		case c.fails == "" && (err != nil || u.name != c.name || u.opening.URL != c.page):
			t.Errorf("%s: name %q, page %q, %v", c.args, u.name, u.opening.URL, err)
		case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
			t.Errorf("%s: name %q, page %q, %v; want %q", c.args, u.name, u.opening.URL, err, c.fails)
		}
	}
}
