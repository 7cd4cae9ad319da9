//go:build !linux

package browser

// missingCertutil is no error here: Firefox reads the system's trust store.
func missingCertutil() error { return nil }
