package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/profiles/advice"
	"corsage/proxy"
	"corsage/proxy/session"
	"corsage/proxy/verdict"
)

// doctor is what `corsage doctor` was asked.
type doctor struct {
	origin, browser string
	block           bool
	ca              string
	insecure, json  bool
}

func (env Env) doctorCommand() *cobra.Command {
	var d doctor
	cmd := &cobra.Command{
		Use:   "doctor URL --origin ORIGIN",
		Short: "Says what keeps a page from a backend, and what would mend it",
		Long: "Sends a preflight, a call without credentials and one with a meaningless cookie to URL, as a page at ORIGIN\n" +
			"would, and says what a browser makes of the answers, what would mend it on the server, and what in Corsage:\n" +
			"the last part of the output is a profile, to be written to a file for 'corsage serve -f FILE'.\n\n" +
			"The calls are GET, and no body is read. They go through the environment's proxy, if there is one.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{"'corsage doctor' needs one URL, such as https://dev.example.com/api/me"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return env.doctor(cmd.Context(), args[0], d) },
	}
	f := cmd.Flags()
	f.StringVar(&d.origin, "origin", "", "the page's origin, such as http://localhost:3000")
	f.StringVar(&d.browser, "browser", "chromium", "chromium, firefox or webkit")
	f.BoolVar(&d.block, "block-third-party", false, "the browser blocks third-party cookies, as in private windows")
	f.StringVar(&d.ca, "ca", "", "a PEM file with certificates to trust besides the system's")
	f.BoolVar(&d.insecure, "insecure", false, "don't verify the backend's certificate")
	f.BoolVar(&d.json, "json", false, "write one JSON object in place of the text")
	return cmd
}

func (env Env) doctor(ctx context.Context, rawURL string, d doctor) error {
	q, err := d.question(rawURL)
	if err != nil {
		return err
	}
	p := q.Profile()
	p.Backends[0].Insecure = d.insecure
	if d.ca != "" {
		if p.Backends[0].CA, err = filepath.Abs(d.ca); err != nil {
			return fmt.Errorf("--ca: %w", err)
		}
	}
	rules, err := p.Rules("", session.NewStore())
	if err != nil {
		return err
	}
	client := proxy.NewClient(rules[0], env.log())
	defer client.Close()
	checks, err := advice.Look(ctx, q, client)
	if err != nil {
		return err
	}
	a := advice.Advise(q, checks, p)
	for _, s := range a.Needed {
		s.Apply(p)
	}
	if d.json {
		return env.doctorJSON(q, checks, a, p)
	}
	return env.doctorText(q, checks, a, p)
}

// question reads what was asked.
func (d doctor) question(rawURL string) (q advice.Question, err error) {
	if q.Backend, err = advice.ParseBackend(rawURL); err != nil {
		return q, usageError{err.Error()}
	}
	if d.origin == "" {
		return q, usageError{"'corsage doctor' needs the page's origin: --origin http://localhost:3000"}
	}
	if q.Page, err = advice.ParsePage(d.origin); err != nil {
		return q, usageError{"--origin: " + err.Error()}
	}
	switch d.browser {
	case "chromium":
		q.Browser = verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.Allowed}
	case "firefox":
		q.Browser = verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.Partitioned}
	case "webkit":
		q.Browser = verdict.Browser{Engine: verdict.WebKit, ThirdParty: verdict.NotStored}
	default:
		return q, usageError{fmt.Sprintf("--browser: there is no %q; it is chromium, firefox or webkit", d.browser)}
	}
	if d.block {
		q.Browser.ThirdParty = verdict.BlockedCookies
	}
	return q, nil
}

// doctorText writes what was found for people.
func (env Env) doctorText(q advice.Question, checks []advice.Check, a advice.Advice, p *profiles.Profile) error {
	var b strings.Builder
	line := func(indent int, text string) {
		for part := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", indent), printable(part))
		}
	}
	line(0, fmt.Sprintf("The page %s calls %s in %s. Without Corsage:", q.Page, q.Backend, q.Browser.Engine))
	for _, c := range checks {
		b.WriteByte('\n')
		line(0, fmt.Sprintf("%s: %s, %s", c.Name, strings.TrimSpace(fmt.Sprint(c.Response.Status, " ", http.StatusText(c.Response.Status))), c.Verdict.Outcome))
		line(2, c.Verdict.Why)
		if c.Verdict.Remedy != "" {
			line(2, "On the server: "+strings.ReplaceAll(c.Verdict.Remedy, "\n", "\n               "))
		}
		for _, note := range c.Verdict.Notes {
			line(2, note)
		}
		for _, cookie := range c.Verdict.Cookies {
			if cookie.Outcome == verdict.Refused {
				line(2, "Cookie: "+cookie.Why)
			}
		}
	}
	b.WriteByte('\n')
	if a.Login != "" {
		line(0, a.Login+"\n")
	}
	if len(a.Needed) == 0 {
		line(0, "Nothing is needed.")
		_, err := fmt.Fprint(env.Stdout, b.String())
		return err
	}
	if a.Assumed {
		line(0, "The backend set no cookie here; its session's is taken to be as servers set it by default:\n  "+a.Cookies[0]+"\n")
	}
	line(0, "Needed in Corsage:")
	for _, s := range a.Needed {
		writeStep(line, s)
	}
	if len(a.Others) > 0 {
		line(0, "\nOther ways, each in place of these:")
	}
	for _, s := range a.Others {
		writeStep(line, s)
		only := &profiles.Profile{}
		s.Apply(only)
		for _, backend := range only.Backends {
			line(4, "under backends: "+flowEntry(backend))
		}
	}
	text, err := p.Text()
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "\nThe profile for what is needed:\n\n%s", text)
	_, err = fmt.Fprint(env.Stdout, b.String())
	return err
}

func writeStep(line func(int, string), s advice.Step) {
	line(2, string(s.Way)+": "+s.Title+".")
	line(4, s.Why)
	if s.Open != "" {
		line(4, "Open the page at "+s.Open)
	}
	if s.Call != "" {
		line(4, "Call "+s.Call)
	}
}

// flowEntry is a backend on one line of YAML.
func flowEntry(b profiles.Backend) string {
	fields := []string{fmt.Sprintf("url: %q", b.URL)}
	if b.Path != "" {
		fields = append(fields, fmt.Sprintf("path: %q", b.Path))
	}
	if b.Upstream != "" {
		fields = append(fields, fmt.Sprintf("upstream: %q", b.Upstream))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// The JSON form of what was found.
type (
	doctorReport struct {
		URL     string        `json:"url"`
		Origin  string        `json:"origin"`
		Engine  string        `json:"browser"`
		Third   string        `json:"third_party"`
		Checks  []doctorCheck `json:"checks"`
		Login   string        `json:"login,omitempty"`
		Assumed bool          `json:"cookies_assumed,omitempty"`
		Cookies []string      `json:"cookies,omitempty"`
		Needed  []doctorStep  `json:"needed"`
		Others  []doctorStep  `json:"others,omitempty"`
		Profile string        `json:"profile,omitempty"`
	}
	doctorCheck struct {
		Name    string          `json:"name"`
		Method  string          `json:"method"`
		Status  int             `json:"status"`
		Verdict verdict.Verdict `json:"verdict"`
	}
	doctorStep struct {
		Way   advice.Way `json:"way"`
		Title string     `json:"title"`
		Why   string     `json:"why"`
		Open  string     `json:"open,omitempty"`
		Call  string     `json:"call,omitempty"`
	}
)

func (env Env) doctorJSON(q advice.Question, checks []advice.Check, a advice.Advice, p *profiles.Profile) error {
	r := doctorReport{
		URL: q.Backend.String(), Origin: q.Page, Engine: string(q.Browser.Engine), Third: string(q.Browser.ThirdParty),
		Login: a.Login, Assumed: a.Assumed, Cookies: a.Cookies, Needed: steps(a.Needed), Others: steps(a.Others),
	}
	for _, c := range checks {
		r.Checks = append(r.Checks, doctorCheck{c.Name, c.Request.Method, c.Response.Status, c.Verdict})
	}
	if len(a.Needed) > 0 {
		text, err := p.Text()
		if err != nil {
			return err
		}
		r.Profile = string(text)
	}
	e := json.NewEncoder(env.Stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return errors.Join(errors.New("writing the report"), err)
	}
	return nil
}

func steps(list []advice.Step) []doctorStep {
	out := []doctorStep{}
	for _, s := range list {
		out = append(out, doctorStep{s.Way, s.Title, s.Why, s.Open, s.Call})
	}
	return out
}
