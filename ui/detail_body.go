package ui

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/htmlindex"

	"corsage/proxy/record"
)

// decodedLimit bounds what is unpacked of a body for display: a few bytes may
// unpack to very many.
const decodedLimit = 256 << 10

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
	raw, err := unpack(m.Body, header.Get("Content-Encoding"), cut)
	media, params, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return bodyView{note: fmt.Sprintf("%s of %s that can't be shown: %v.", formatBytes(m.Size), orElse(media, "data"), err)}
	}
	more := len(raw) > decodedLimit
	raw = raw[:min(len(raw), decodedLimit)]
	text, ok := decodeText(raw, params["charset"], cut || more)
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
		note += fmt.Sprintf(", the first %s of what it unpacks to", formatBytes(decodedLimit))
	}
	return note + "."
}

// unpack undoes the content codings (RFC 9110, section 8.4), last one first. Of
// a cut body it returns as much as can be had.
func unpack(body []byte, codings string, cut bool) ([]byte, error) {
	list := strings.Split(codings, ",")
	for i := len(list) - 1; i >= 0; i-- {
		coding := strings.ToLower(strings.TrimSpace(list[i]))
		if coding == "" || coding == "identity" {
			continue
		}
		r, err := decoder(coding, body)
		if err != nil {
			return nil, fmt.Errorf("its %s coding is broken (%w)", coding, err)
		}
		out, err := io.ReadAll(io.LimitReader(r, decodedLimit+1))
		_ = r.Close()
		if err != nil && !(cut && len(out) > 0) {
			return nil, fmt.Errorf("its %s coding is broken (%w)", coding, err)
		}
		body, cut = out, cut || len(out) > decodedLimit
	}
	return body, nil
}

var errCoding = errors.New("no known coding")

func decoder(coding string, body []byte) (io.ReadCloser, error) {
	r := bytes.NewReader(body)
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "br":
		return io.NopCloser(brotli.NewReader(r)), nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(16<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case "deflate": // zlib's format by the standard, bare by habit
		if z, err := zlib.NewReader(bufio.NewReader(bytes.NewReader(body))); err == nil {
			return z, nil
		}
		return flate.NewReader(r), nil
	default:
		return nil, errCoding
	}
}

// decodeText reports whether raw is text, and returns it in UTF-8. The end of a
// cut body may lie within a character.
func decodeText(raw []byte, charset string, cut bool) (string, bool) {
	if cut {
		for range utf8.UTFMax - 1 {
			if r, n := utf8.DecodeLastRune(raw); r != utf8.RuneError || n != 1 {
				break
			}
			raw = raw[:len(raw)-1]
		}
	}
	if !utf8.Valid(raw) {
		enc, err := htmlindex.Get(orElse(charset, "utf-8"))
		if err != nil || charset == "" || strings.EqualFold(charset, "utf-8") {
			return "", false
		}
		if raw, err = enc.NewDecoder().Bytes(raw); err != nil {
			return "", false
		}
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b {
			return "", false
		}
	}
	return text, true
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
