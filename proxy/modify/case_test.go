package modify_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"corsage/proxy"
	"corsage/proxy/modify"
	"corsage/proxy/session"
)

var update = flag.Bool("update", false, "write the expectations of testdata anew; read the difference before you commit it")

// catalogue is every toggle in the order in which profiles.Catalog has them.
func catalogue() []proxy.Modifier {
	return []proxy.Modifier{
		modify.AnswerPreflight(), modify.PreflightMaxAge(), modify.AllowOrigin(), modify.AllowCredentials(),
		modify.ExposeHeaders(), modify.AllowPrivateNetwork(), modify.TimingAllowOrigin(),
		modify.CookieSameSite(), modify.CookieDomain(), modify.CookiePath(), modify.CookieSecure(), modify.CookieHTTPOnly(),
		modify.CookiePartitioned(), modify.HoldSession(),
		modify.RewriteOrigin(), modify.RewriteReferer(), modify.RewriteFetchSite(), modify.CSRFToken(),
		modify.RelaxCORP(), modify.RelaxCOEP(), modify.RelaxCSP(), modify.RelaxFrameOptions(),
		modify.DropHSTS(), modify.DropAltSvc(), modify.RewriteLocation(), modify.EditHeaders(),
	}
}

// TestCases runs testdata/*.txtar. A case is one profile's exchanges, one after
// the other. Its comment says what it shows, and may have the lines
//
//	toggles: all | only NAME... | with NAME... | without NAME...   (else the defaults)
//	csrf: COOKIE HEADER
//	upstream: URL
//	host: NAME                                                      (what the upstream gets as Host)
//	path: RE2                                                       (which paths the profile chooses)
//	origins: ORIGIN...                                              (else those of this machine)
//	backends: URL...                                                (else https://dev.example.com)
//	request, response: set NAME VALUE | remove NAME                 (the profile's list of headers, for /edited only)
//
// Each exchange has the files request (relation, method and URL, then headers)
// and response (status, then headers; without it the answer must be local), and
// what is expected: sent, delivered and changes.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d cases, %v: want at least 60", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := runCase(ar)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if want := txtar.Format(ar); !bytes.Equal(txtar.Format(got), want) && !*update {
				t.Errorf("got\n%s\nwant\n%s", txtar.Format(got), want)
			}
		})
	}
}

// runCase returns the case with the expectations as they turned out.
func runCase(ar *txtar.Archive) (*txtar.Archive, error) {
	rule, err := caseRule(string(ar.Comment))
	if err != nil {
		return nil, err
	}
	out := &txtar.Archive{Comment: ar.Comment}
	for i, f := range ar.Files {
		if f.Name != "request" {
			continue
		}
		out.Files = append(out.Files, f)
		var response []byte
		if i+1 < len(ar.Files) && ar.Files[i+1].Name == "response" {
			response = ar.Files[i+1].Data
			out.Files = append(out.Files, ar.Files[i+1])
		}
		results, err := exchange(rule, f.Data, response)
		if err != nil {
			return nil, err
		}
		out.Files = append(out.Files, results...)
	}
	return out, nil
}

func caseRule(comment string) (*proxy.Rule, error) {
	rule := &proxy.Rule{
		Sessions: session.NewStore(),
		CSRF:     proxy.CSRF{Cookie: "csrftoken", Header: "X-CSRFToken"},
	}
	origins, backends := proxy.DefaultOrigins(), []string{"https://dev.example.com"}
	edits := proxy.HeaderEdit{Path: regexp.MustCompile("^/edited")}
	all := catalogue()
	on := func(m proxy.Modifier) bool { return m.Default }
	for line := range strings.Lines(comment) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		words := strings.Fields(value)
		switch key {
		case "toggles":
			for _, name := range words[1:] {
				if !slices.ContainsFunc(all, func(m proxy.Modifier) bool { return m.Name == name }) {
					return nil, fmt.Errorf("there is no toggle %q", name)
				}
			}
			switch words[0] {
			case "all":
				on = func(proxy.Modifier) bool { return true }
			case "only":
				on = func(m proxy.Modifier) bool { return slices.Contains(words, m.Name) }
			case "with":
				on = func(m proxy.Modifier) bool { return m.Default || slices.Contains(words, m.Name) }
			case "without":
				on = func(m proxy.Modifier) bool { return m.Default && !slices.Contains(words, m.Name) }
			default:
				return nil, fmt.Errorf("what does %q mean?", line)
			}
		case "csrf":
			rule.CSRF = proxy.CSRF{}
			if len(words) == 2 {
				rule.CSRF = proxy.CSRF{Cookie: words[0], Header: words[1]}
			}
		case "upstream":
			u, err := url.Parse(words[0])
			if err != nil {
				return nil, err
			}
			rule.Upstream = u
		case "host":
			rule.Host = strings.TrimSpace(value)
		case "path":
			rule.Path = regexp.MustCompile(strings.TrimSpace(value))
		case "origins":
			origins = words
		case "backends":
			backends = words
		case "request", "response":
			half := &edits.Request
			if key == "response" {
				half = &edits.Response
			}
			if words[0] == "remove" {
				half.Remove = append(half.Remove, words[1])
			} else {
				half.Set = append(half.Set, proxy.Field{Name: words[1], Value: strings.Join(words[2:], " ")})
			}
			rule.Headers = []proxy.HeaderEdit{edits}
		}
	}
	var err error
	if rule.Origins, err = proxy.ParseOrigins(origins); err != nil {
		return nil, err
	}
	for _, s := range backends {
		b, err := proxy.ParsePattern(s)
		if err != nil {
			return nil, err
		}
		rule.Backends = append(rule.Backends, b)
	}
	for _, m := range all {
		if on(m) {
			rule.Modifiers = append(rule.Modifiers, m)
		}
	}
	return rule, nil
}

// exchange runs one exchange in the engine's order.
func exchange(rule *proxy.Rule, request, response []byte) ([]txtar.File, error) {
	f, err := newFlow(rule, request)
	if err != nil {
		return nil, err
	}
	if err := f.RunRequest(rule.Modifiers); err != nil {
		return nil, err
	}
	sent := formatHeader(f.Request.Header)
	if local := f.Response != nil; local != (response == nil) {
		return nil, fmt.Errorf("answered locally: %v, the case has a response: %v", local, response != nil)
	} else if local {
		sent = "(answered here)\n"
	} else {
		line, header, err := parseMessage(response)
		if err != nil {
			return nil, err
		}
		status, err := strconv.Atoi(line)
		if err != nil {
			return nil, err
		}
		f.Response = &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: f.Request}
	}
	if err := f.RunResponse(rule.Modifiers); err != nil {
		return nil, err
	}
	var changes strings.Builder
	for _, c := range f.Changes() {
		if c.Why == "" || c.Toggle == "" {
			return nil, fmt.Errorf("a change without a reason: %+v", c)
		}
		fmt.Fprint(&changes, c.Toggle, " ", c.Side, " ", c.Header)
		if slices.Equal(c.Before, c.After) {
			fmt.Fprint(&changes, ": ", c.Why)
		}
		fmt.Fprintln(&changes)
	}
	delivered := strconv.Itoa(f.Response.StatusCode) + "\n" + formatHeader(f.Response.Header)
	return []txtar.File{
		{Name: "sent", Data: []byte(sent)},
		{Name: "delivered", Data: []byte(delivered)},
		{Name: "changes", Data: []byte(changes.String())},
	}, nil
}

func newFlow(rule *proxy.Rule, request []byte) (*proxy.Flow, error) {
	line, header, err := parseMessage(request)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(line)
	if len(words) != 3 {
		return nil, fmt.Errorf("%q: want relation, method, URL", line)
	}
	i := slices.IndexFunc([]proxy.Relation{proxy.Own, proxy.Allowed, proxy.Foreign}, func(r proxy.Relation) bool { return r.String() == words[0] })
	if i < 0 {
		return nil, fmt.Errorf("there is no relation %q", words[0])
	}
	u, err := url.Parse(words[2])
	if err != nil {
		return nil, err
	}
	f := &proxy.Flow{
		Rule: rule, Relation: proxy.Relation(i), URL: u, Received: header, Origin: header.Get("Origin"),
		Preflight: words[1] == http.MethodOptions && header.Get("Origin") != "" && header.Get("Access-Control-Request-Method") != "",
		Request:   &http.Request{Method: words[1], URL: u, Header: maps.Clone(header)},
	}
	if ref, err := url.Parse(header.Get("Referer")); f.Origin == "" && err == nil && ref.Host != "" {
		f.Origin = ref.Scheme + "://" + ref.Host
	}
	return f, nil
}

func parseMessage(data []byte) (line string, header http.Header, err error) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(bytes.Clone(data), '\n'))))
	if line, err = r.ReadLine(); err != nil {
		return "", nil, err
	}
	h, err := r.ReadMIMEHeader()
	if err != nil {
		return "", nil, errors.Join(errors.New("headers: "+string(data)), err)
	}
	return line, http.Header(h), nil
}

func formatHeader(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	return b.String()
}
