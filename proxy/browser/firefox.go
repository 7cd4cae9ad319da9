package browser

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// firefoxArguments are those for a browser of Firefox's family. One that has the
// profile open already is told of the page by the new process, which ends then.
func firefoxArguments(f *folder, o Options) []string {
	args := append(launcherArgs(), "-profile", f.dir)
	if f.temporary {
		args = append(args, "-no-remote") // nobody will ask it to open another page
	}
	args = append(args, o.Args...)
	if o.URL != "" {
		args = append(args, o.URL)
	}
	return args
}

// prepareFirefox writes Firefox's settings and the roots into dir.
func prepareFirefox(ctx context.Context, dir string, r roots, proxy string) error {
	prefs, err := firefoxPrefs(proxy)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "user.js"), prefs, 0o600); err != nil {
		return err
	}
	return trustInNSS(ctx, dir, r)
}

// firefoxPrefs is a user.js: Firefox reads it at each start, before anything
// that was changed in the profile meanwhile counts.
func firefoxPrefs(proxy string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(proxy)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("the proxy's port: %w", err)
	}
	settings := map[string]any{
		// The proxy, for all that the browser asks for, this machine's own too.
		"network.proxy.type":                      1,
		"network.proxy.http":                      host,
		"network.proxy.http_port":                 port,
		"network.proxy.ssl":                       host,
		"network.proxy.ssl_port":                  port,
		"network.proxy.no_proxies_on":             "",
		"network.proxy.allow_hijacking_localhost": true,
		"network.http.http3.enable":               false,
		"security.enterprise_roots.enabled":       true, // macOS and Windows: the system's trust store
		// No pages and questions of its own. The first opens www.mozilla.org at
		// the first start otherwise.
		"datareporting.policy.dataSubmissionEnabled": false,
		"termsofuse.bypassNotification":              true,
		"browser.aboutwelcome.enabled":               false,
		"browser.startup.homepage_override.mstone":   "ignore",
		"browser.shell.checkDefaultBrowser":          false,
		"browser.tabs.warnOnClose":                   false,
		"browser.warnOnQuit":                         false,
		"browser.sessionstore.resume_from_crash":     false,
		"toolkit.startup.max_resumed_crashes":        -1,
		// Nothing that Mozilla's services want to know of it, or show in it.
		"datareporting.healthreport.uploadEnabled":                 false,
		"app.normandy.enabled":                                     false,
		"browser.region.network.url":                               "",
		"browser.newtabpage.activity-stream.showSponsored":         false,
		"browser.newtabpage.activity-stream.showSponsoredTopSites": false,
		"network.captive-portal-service.enabled":                   false,
		"network.connectivity-service.enabled":                     false,
	}
	var js strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := fmt.Sprint(settings[name])
		if s, ok := settings[name].(string); ok {
			value = strconv.Quote(s)
		}
		fmt.Fprintf(&js, "user_pref(%q, %s);\n", name, value)
	}
	return []byte(js.String()), nil
}
