package main

import "net/http"

// The recipe is put in this file's place. Without it the server knows nothing of
// other origins.

func withCORS(next http.Handler) http.Handler { return next }

func crossSite(cookie *http.Cookie) *http.Cookie { return cookie }
