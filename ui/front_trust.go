package ui

import (
	"context"
	"time"

	"corsage/proxy/authority/trust"
)

// TrustStores are the trust stores of this machine, and the roots to be trusted in
// them. Its functions may be called from any goroutine but the UI's, since they
// read files and start programs.
type TrustStores struct {
	// Roots returns the roots of all profiles with https backends; beside an error
	// there may be some.
	Roots func() ([]TrustRoot, error)
	// Look finds the stores, and what of Corsage's is in them.
	Look func(ctx context.Context) []trust.Found
	// Forget is told what was found after certificates were taken out: retired roots
	// that are in no store need not be remembered.
	Forget func([]trust.Found) error
}

// TrustRoot is the root certificate of a profile.
type TrustRoot struct {
	trust.Profile
	// Hosts are those that it is good for, names with all below them.
	Hosts       []string
	Fingerprint string // SHA-256, as "AB:CD:…"
	Until       time.Time
	// Renewed says that and why it replaced another; a sentence, empty if it did not.
	Renewed string
}
