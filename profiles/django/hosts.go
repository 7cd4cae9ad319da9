package django

import (
	"fmt"
	"strings"

	"corsage/profiles"
)

// runserver is where Django's own server for development listens.
const runserver = "http://localhost:8000"

// backend fills in the backend and the profile's name.
func (i *importer) backend(address string) error {
	if address == "" {
		var first string
		local := false
		for _, e := range i.elements("ALLOWED_HOSTS") {
			host, _ := e.Of.(string)
			host = strings.ToLower(strings.TrimSuffix(host, "."))
			switch {
			case host == "", host == "*", host == "testserver":
			case host == "localhost", host == ".localhost", strings.HasPrefix(host, "127."), host == "[::1]":
				local = true
			case first == "":
				if sub, ok := strings.CutPrefix(host, "."); ok {
					host = sub
					i.leave(e.Line, "ALLOWED_HOSTS", "names %s and all names below it: the profile has %s; add https://*.%s under backends for the others", e.Of, sub, sub)
				}
				first = "https://" + host
			default:
				i.leave(e.Line, "ALLOWED_HOSTS", "names %s too: add it under backends if the page calls it", host)
			}
		}
		switch {
		case first != "":
			address = first
		case local:
			address = runserver
		default:
			return profiles.Errors{{File: i.file, Field: "ALLOWED_HOSTS", Message: "names no backend: say which one it is, such as --url https://dev.example.com"}}
		}
	}
	made, err := profiles.FromURL(address)
	if err != nil {
		return fmt.Errorf("the backend's address: %w", err)
	}
	i.profile = made
	return nil
}
