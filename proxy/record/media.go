package record

import (
	"slices"
	"strings"
)

// Binary reports whether a body of the media type, in lower case and without
// parameters, is of no use as text. Its bytes are not kept.
func Binary(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, "/")
	switch kind {
	case "audio", "font", "video":
		return true
	case "image":
		return mediaType != "image/svg+xml"
	}
	return slices.Contains(binary, mediaType)
}

var binary = []string{
	"application/gzip", "application/octet-stream", "application/pdf", "application/wasm", "application/x-7z-compressed",
	"application/x-gzip", "application/x-tar", "application/zip", "application/zstd",
}
