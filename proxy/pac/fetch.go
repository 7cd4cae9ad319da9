package pac

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const (
	// MaxText is how long a PAC file may be, in bytes: as in Chromium.
	MaxText = 1 << 20
	// fetchTime is how long it may take to come.
	fetchTime = 20 * time.Second
)

// Fetch returns the text of the PAC file at address: http, https, file or data. No
// proxy is asked for it. The character coding is that of the media type, of a
// byte order mark, else UTF-8 where it is that, and Windows-1252, which Latin-1 is
// a part of, where it isn't.
func Fetch(ctx context.Context, address string) (string, error) {
	text, err := fetch(ctx, address)
	if err != nil {
		return "", fmt.Errorf("fetching the system's former PAC file from %s: %w", short(address), err)
	}
	return text, nil
}

func fetch(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("it is no URL")
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return fetchHTTP(ctx, address)
	case "data":
		return parseData(address)
	case "file":
		f, err := os.Open(localPath(u.Path))
		if err != nil {
			return "", err
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			return "", errors.Join(err, errors.New("it is no file"))
		}
		return decode(f, "")
	}
	return "", errors.New("its scheme must be http, https, file or data")
}

// localPath is the path of a file: URL, in which Windows' drives stand behind a
// slash (RFC 8089, appendix E.2).
func localPath(path string) string {
	if drive := strings.TrimPrefix(path, "/"); filepath.VolumeName(drive) != "" {
		path = drive
	}
	return filepath.FromSlash(path)
}

func fetchHTTP(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err // the address was named already
		}
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the server answered %s", resp.Status)
	}
	return decode(resp.Body, resp.Header.Get("Content-Type"))
}

// parseData reads a data: URL (RFC 2397).
func parseData(address string) (string, error) {
	head, data, ok := strings.Cut(address[len("data:"):], ",")
	if !ok {
		return "", errors.New("there is no comma in it")
	}
	head, isBase64 := strings.CutSuffix(head, ";base64")
	text, err := url.PathUnescape(data)
	if err != nil {
		return "", err
	}
	if isBase64 {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", err
		}
		text = string(raw)
	}
	return decode(strings.NewReader(text), head)
}

// decode reads a PAC file as UTF-8.
func decode(r io.Reader, contentType string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxText+1))
	if err != nil {
		return "", err
	}
	if len(raw) > MaxText {
		return "", fmt.Errorf("it is larger than %d bytes", MaxText)
	}
	coding, _, told := charset.DetermineEncoding(raw, contentType)
	if !told {
		coding = charmap.Windows1252
		if utf8.Valid(raw) {
			coding = unicode.UTF8
		}
	}
	text, err := coding.NewDecoder().Bytes(raw)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}
