package trust

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
)

// rootStore is a user's root store on Windows, which Edge, Chrome and Firefox
// read. Windows shows the certificate and asks, before one comes in or goes.
type rootStore struct {
	certutil   string // Windows' own: NSS has a program of that name
	powershell string
}

// listing prints Corsage's certificates in the store, base64 of DER a line:
// unlike certutil's, its output is the same in all languages.
const listing = `Get-ChildItem Cert:\CurrentUser\Root | Where-Object { $_.Subject -like '*O=` + organization + `*' } | ForEach-Object { [Convert]::ToBase64String($_.RawData) }`

func (s rootStore) list(ctx context.Context, run runner) ([]Held, error) {
	out, err := run(ctx, s.powershell, "-NoProfile", "-NonInteractive", "-Command", listing)
	if err != nil {
		return nil, err
	}
	var held []Held
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return nil, fmt.Errorf("PowerShell did not list the store, but said %q", line)
		}
		if c, err := x509.ParseCertificate(der); err == nil && isOurs(c) && find(held, c) == nil {
			held = append(held, Held{Cert: c, Label: thumbprint(c), Trusted: true})
		}
	}
	return held, nil
}

func (s rootStore) install(roots []Root, _ []Held) [][]string {
	var commands [][]string
	for _, r := range roots {
		commands = append(commands, []string{s.certutil, "-user", "-addstore", "Root", r.Path})
	}
	return commands
}

func (s rootStore) remove(held []Held) [][]string {
	var commands [][]string
	for _, h := range held {
		commands = append(commands, []string{s.certutil, "-user", "-delstore", "Root", h.Label})
	}
	return commands
}
