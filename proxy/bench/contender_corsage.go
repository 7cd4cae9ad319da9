//go:build bench

package main

import (
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/record"
	"corsage/proxy/session"
	"corsage/ui/instance"
)

// corsage is the product as `corsage serve` runs it, with every toggle at its
// default and the request log on.
func corsage() contender {
	return contender{"Corsage", func(b *bench) (*server, error) {
		s := b.settings
		s.Log = true
		return roleServer("corsage", s)
	}}
}

// corsageWithoutLog is Corsage that records nothing.
func corsageWithoutLog() contender {
	return contender{"Corsage, log off", func(b *bench) (*server, error) {
		return roleServer("corsage", b.settings)
	}}
}

func serveCorsage(s settings, l net.Listener) error {
	ca, err := openRoot(s.Authority)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(s.Backend)
	if err != nil {
		return err
	}
	profile := &profiles.Profile{Name: "Bench", Backends: []profiles.Backend{
		{URL: "https://" + net.JoinHostPort(s.Host, port), CA: s.BackendCA},
		{URL: "https://*." + net.JoinHostPort(s.Host, port), CA: s.BackendCA},
	}}
	rules, err := profile.Rules(filepath.Dir(s.BackendCA), session.NewStore())
	if err != nil {
		return err
	}
	config := proxy.Config{Log: slog.New(slog.DiscardHandler), Local: http.NotFoundHandler()}
	for _, r := range rules {
		r.Authority = ca
	}
	if s.Log {
		config.Recorder = record.New(instance.LogLimit)
	}
	server := proxy.NewServer(config)
	server.Apply(proxy.NewRuleset(rules...))
	return server.Serve(l)
}
