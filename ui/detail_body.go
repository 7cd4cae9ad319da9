package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/record/body"
)

// bodyView is a body made ready for the eye.
type bodyView struct {
	text string // empty where there is none to show
	note string // what the text is, or why there is none
}

// viewBody decodes a message's body by the header that came with it. State
// tells whether it has ended yet.
func viewBody(m *record.Message, state record.State) bodyView {
	header := m.Head.Header()
	switch {
	case m.Size == 0 && len(m.Body) == 0:
		return bodyView{note: "No body."}
	case len(m.Body) == 0 && state == record.Open:
		return bodyView{note: "The body shows when it has ended."}
	case len(m.Body) == 0:
		return bodyView{note: formatBytes(m.Size) + ", not kept."}
	}
	cut := int64(len(m.Body)) < m.Size
	raw, err := body.Unpack(m.Body, header.Get("Content-Encoding"), cut)
	media, params, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return bodyView{note: fmt.Sprintf("%s of %s that can't be shown: %v.", formatBytes(m.Size), orElse(media, "data"), err)}
	}
	more := len(raw) > body.Limit
	raw = raw[:min(len(raw), body.Limit)]
	text, ok := body.Text(raw, params["charset"], cut || more)
	if !ok {
		return bodyView{note: fmt.Sprintf("%s of %s: binary, not shown.", formatBytes(m.Size), orElse(media, "data"))}
	}
	return bodyView{text: pretty(text, media), note: bodyNote(m, header, cut, more)}
}

func bodyNote(m *record.Message, header http.Header, cut, more bool) string {
	note := formatBytes(m.Size)
	if coding := header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		note += " as " + coding
	}
	switch {
	case cut:
		note = fmt.Sprintf("The first %s of %s", formatBytes(int64(len(m.Body))), note)
	case more:
		note += fmt.Sprintf(", the first %s of what it unpacks to", formatBytes(body.Limit))
	}
	return note + "."
}

// pretty indents JSON; anything else, broken JSON too, stays as it is.
func pretty(text, media string) string {
	if media == "application/json" || strings.HasSuffix(media, "+json") {
		var b bytes.Buffer
		if json.Indent(&b, []byte(text), "", "  ") == nil {
			return b.String()
		}
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

func orElse(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
