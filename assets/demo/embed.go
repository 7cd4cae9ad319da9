// Package demo holds the files of `corsage demo`: the frontend's page, and in
// backend/ the pages of the backend that it calls.
package demo

import "embed"

// Files are index.html with its style and scripts, and the folder backend.
//
//go:embed *.html *.css *.js *.svg backend
var Files embed.FS
