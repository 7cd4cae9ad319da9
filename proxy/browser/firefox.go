package browser

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// prepareFirefox writes Firefox's settings into dir and returns its arguments.
func prepareFirefox(ctx context.Context, dir string, o Options) ([]string, error) {
	host, portText, err := net.SplitHostPort(o.Proxy)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("the proxy's port: %w", err)
	}
	settings := map[string]any{
		"network.proxy.type":                         1,
		"network.proxy.http":                         host,
		"network.proxy.http_port":                    port,
		"network.proxy.ssl":                          host,
		"network.proxy.ssl_port":                     port,
		"network.proxy.no_proxies_on":                "",
		"network.proxy.allow_hijacking_localhost":    true,
		"network.http.http3.enable":                  false,
		"network.captive-portal-service.enabled":     false,
		"network.connectivity-service.enabled":       false,
		"security.enterprise_roots.enabled":          true, // macOS and Windows: the system's trust store
		"browser.shell.checkDefaultBrowser":          false,
		"browser.aboutwelcome.enabled":               false,
		"browser.startup.homepage_override.mstone":   "ignore",
		"browser.tabs.warnOnClose":                   false,
		"browser.warnOnQuit":                         false,
		"datareporting.policy.dataSubmissionEnabled": false,
		"toolkit.telemetry.reportingpolicy.firstRun": false,
		"termsofuse.bypassNotification":              true,
		"app.normandy.enabled":                       false,
	}
	var js strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := fmt.Sprint(settings[name])
		if s, ok := settings[name].(string); ok {
			value = strconv.Quote(s)
		}
		fmt.Fprintf(&js, "user_pref(%q, %s);\n", name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, "user.js"), []byte(js.String()), 0o600); err != nil {
		return nil, err
	}
	if err := trust(ctx, dir, o.CA); err != nil {
		return nil, err
	}
	args := append([]string{"-profile", dir, "-no-remote", "-new-instance"}, o.Args...)
	if o.URL != "" {
		args = append(args, o.URL)
	}
	return args, nil
}

// trust puts the authority into the NSS database of the profile in dir.
func trust(ctx context.Context, dir string, ca []byte) error {
	certutil, err := exec.LookPath("certutil")
	if err != nil {
		return missingCertutil()
	}
	file := filepath.Join(dir, "corsage-ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"-N", "--empty-password"},
		{"-A", "-n", "Corsage", "-t", "C,,", "-i", file},
	} {
		args = append(args, "-d", "sql:"+dir)
		if out, err := exec.CommandContext(ctx, certutil, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("put the authority into the profile's trust store (certutil %s): %w", args[0], errors.Join(err, errors.New(strings.TrimSpace(string(out)))))
		}
	}
	return nil
}
