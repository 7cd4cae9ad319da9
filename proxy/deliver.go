package proxy

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

// deliver answers the browser with resp, trailers and all (RFC 9110, section
// 6.5). The error is why the answer is not whole.
func (w *responseWriter) deliver(resp *http.Response) error {
	h := w.Header()
	maps.Copy(h, resp.Header)
	for name := range resp.Trailer {
		h["Trailer"] = append(h["Trailer"], name)
	}
	announced := h["Trailer"]
	w.WriteHeader(resp.StatusCode)
	_, err := io.Copy(w, resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil || len(resp.Trailer) == 0 {
		return err
	}
	// Without a flush net/http would count a short body and leave the trailers out.
	w.Flush()
	for name, values := range resp.Trailer {
		if !slices.Contains(announced, name) {
			name = http.TrailerPrefix + name
		}
		h[name] = append(h[name], values...)
	}
	return nil
}

// abort passes on what did come of an answer, and then breaks it off at the
// client too, or truncation would look like success. It does not return.
func (w *responseWriter) abort() {
	control := http.NewResponseController(w.ResponseWriter)
	_ = control.Flush()
	if w.upload.pending() { // net/http would wait for some more of it
		_ = control.SetReadDeadline(time.Unix(1, 0))
	}
	panic(http.ErrAbortHandler)
}
