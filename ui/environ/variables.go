package environ

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"corsage/proxy"
)

// Variable is one variable of an environment.
type Variable struct{ Name, Value string }

// Setup is what variables are made of: a running Corsage.
type Setup struct {
	Proxy    string   // the proxy's host:port
	Bundles  Bundles  // the files of certificates
	Backends []string // the URLs of all profiles' backends, as in their files
	// HTTPProxy and HTTPSProxy are the proxies that Corsage itself goes through,
	// scheme://host:port; "" for none.
	HTTPProxy, HTTPSProxy string
}

// Sign is the line that a shell shows which uses Corsage.
func (s Setup) Sign() string {
	return "Corsage: curl, node, python and others in this shell go through " + s.Proxy + ". 'exit' leaves it."
}

// certificates is a variable that names a file of certificates.
type certificates struct {
	name string
	// adds tells that the file's certificates are trusted besides the others; in
	// place of them otherwise.
	adds bool
	// instead are variables that the programs read where this one is not set.
	instead []string
	whose   string
}

// allCertificates are the variables that programs are known to read.
func allCertificates() []certificates {
	return []certificates{
		{"SSL_CERT_FILE", false, nil, "OpenSSL: Python, Ruby, PHP, httpx; Go and Rust on Linux"},
		{"CURL_CA_BUNDLE", false, []string{"SSL_CERT_FILE"}, "curl"},
		{"REQUESTS_CA_BUNDLE", false, []string{"CURL_CA_BUNDLE"}, "Python's requests"},
		{"PIP_CERT", false, []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}, "pip"},
		{"GIT_SSL_CAINFO", false, nil, "git"},
		{"CARGO_HTTP_CAINFO", false, []string{"SSL_CERT_FILE"}, "cargo"},
		{"AWS_CA_BUNDLE", false, []string{"REQUESTS_CA_BUNDLE"}, "AWS's tools"},
		{"NODE_EXTRA_CA_CERTS", true, nil, "Node, npm and Bun"},
		{"DENO_CERT", true, nil, "Deno"},
	}
}

// Variables returns what a shell with the environment e needs so that its
// programs use Corsage, and writes the files of certificates that they name.
// What e has for its own goes into them: a proxy's exceptions, a company's
// certificates. Notes are whole sentences that a person should read.
func (s Setup) Variables(e Environ) (set []Variable, notes []string, err error) {
	former, err := e.Former()
	if err != nil {
		return nil, nil, err
	}
	here := "http://" + s.Proxy
	direct, notes := noProxy(cmp.Or(former["no_proxy"], former["NO_PROXY"]), s.Backends)
	notes = append(notes, s.wayOut(former)...)
	set = []Variable{
		{"HTTP_PROXY", here}, {"http_proxy", here}, // curl reads the lower case only
		{"HTTPS_PROXY", here}, {"https_proxy", here},
		{"NO_PROXY", direct}, {"no_proxy", direct},
		{"NODE_USE_ENV_PROXY", "1"},                                          // Node 24 and 22.21; older ones know no proxy
		{"GLOBAL_AGENT_HTTP_PROXY", here}, {"GLOBAL_AGENT_NO_PROXY", direct}, // the package that teaches it to them
	}
	for _, c := range allCertificates() {
		file, note, err := s.file(c, former)
		if err != nil {
			return nil, nil, err
		}
		if note != "" {
			notes = append(notes, note)
		}
		set = append(set, Variable{c.name, file})
	}
	kept, err := former.remember(set)
	return append(set, kept), notes, err
}

// wayOut tells what becomes of the proxies that former names: Corsage comes
// first now, and they are behind it only if it goes through them.
func (s Setup) wayOut(former Environ) (notes []string) {
	http, https := proxy.EnvironmentProxies(func(name string) string { return former[name] })
	ways := []struct{ what, own, here string }{{"http", http, s.HTTPProxy}, {"https", https, s.HTTPSProxy}}
	if http == https && s.HTTPProxy == s.HTTPSProxy {
		ways = ways[:1]
		ways[0].what = "http and https"
	}
	for _, w := range ways {
		switch {
		case w.own == "" || w.own == "http://"+s.Proxy:
		case w.own == w.here:
			notes = append(notes, fmt.Sprintf("Corsage goes on through %s, your proxy for %s.", w.own, w.what))
		case w.here == "":
			notes = append(notes, fmt.Sprintf("Your proxy for %s was %s; Corsage, which comes first now, goes out directly. To have it go through yours, start it where the variables are set.", w.what, w.own))
		default:
			notes = append(notes, fmt.Sprintf("Your proxy for %s was %s; Corsage, which comes first now, goes through %s.", w.what, w.own, w.here))
		}
	}
	return notes
}

// file returns the file that the variable is to name, and makes it.
func (s Setup) file(c certificates, former Environ) (file, note string, err error) {
	own := ""
	for _, name := range append([]string{c.name}, c.instead...) {
		if own = former[name]; own != "" {
			break
		}
	}
	if own != "" {
		if own, err = filepath.Abs(own); err != nil {
			return "", "", fmt.Errorf("finding the certificates that %s names: %w", c.name, err)
		}
		file, err := s.Bundles.Write(own)
		if err == nil {
			return file, "", nil
		}
		note = fmt.Sprintf("The certificates that %s named are not among those trusted now: %v.", c.name, err)
	}
	if c.adds {
		return s.Bundles.Roots, note, nil
	}
	file, err = s.Bundles.Write(System)
	return file, note, err
}

// list writes words as people do.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
