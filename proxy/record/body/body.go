// Package body makes the bodies that the log keeps readable: without their content
// codings, and as text.
package body

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/htmlindex"
)

// Limit bounds what is unpacked of a body, in bytes: a few may unpack to very many.
const Limit = 256 << 10

// Unpack undoes the content codings (RFC 9110, section 8.4), last one first. Of
// a cut body it returns as much as can be had, and of none more than Limit bytes and
// one.
func Unpack(data []byte, codings string, cut bool) ([]byte, error) {
	list := strings.Split(codings, ",")
	for i := len(list) - 1; i >= 0; i-- {
		coding := strings.ToLower(strings.TrimSpace(list[i]))
		if coding == "" || coding == "identity" {
			continue
		}
		r, err := decoder(coding, data)
		if err != nil {
			return nil, fmt.Errorf("its %s coding is broken (%w)", coding, err)
		}
		out, err := io.ReadAll(io.LimitReader(r, Limit+1))
		_ = r.Close()
		if err != nil && !(cut && len(out) > 0) {
			return nil, fmt.Errorf("its %s coding is broken (%w)", coding, err)
		}
		data, cut = out, cut || len(out) > Limit
	}
	return data, nil
}

var errCoding = errors.New("no known coding")

func decoder(coding string, data []byte) (io.ReadCloser, error) {
	r := bytes.NewReader(data)
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
		if z, err := zlib.NewReader(bufio.NewReader(bytes.NewReader(data))); err == nil {
			return z, nil
		}
		return flate.NewReader(r), nil
	default:
		return nil, errCoding
	}
}

// Text reports whether raw is text, and returns it in UTF-8. The end of a
// cut body may lie within a character.
func Text(raw []byte, charset string, cut bool) (string, bool) {
	if cut {
		for range utf8.UTFMax - 1 {
			if r, n := utf8.DecodeLastRune(raw); r != utf8.RuneError || n != 1 {
				break
			}
			raw = raw[:len(raw)-1]
		}
	}
	if !utf8.Valid(raw) {
		if charset == "" || strings.EqualFold(charset, "utf-8") {
			return "", false
		}
		enc, err := htmlindex.Get(charset)
		if err != nil {
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
