package record

import "testing"

func TestBinary(t *testing.T) {
	for mediaType, want := range map[string]bool{
		"": false, "text/html": false, "application/json": false, "application/vnd.api+json": false, "image/svg+xml": false,
		"multipart/form-data": false, "application/grpc-web": false,
		"image/png": true, "video/mp4": true, "audio/ogg": true, "font/woff2": true, "application/octet-stream": true, "application/zip": true,
	} {
		if got := Binary(mediaType); got != want {
			t.Errorf("%q: %v", mediaType, got)
		}
	}
}
