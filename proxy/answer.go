package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// errUnaskedSwitch is the cause of a failure to understand a backend that says
// 101 (RFC 9110, section 15.2.2) where it was not asked to switch.
var errUnaskedSwitch = errors.New("it switched to a protocol that it was not asked for")

// sound makes resp, as it came from a backend, fit to be passed on: it mends
// what RFC 9112 has a proxy mend, and refuses what two readers could read in two
// ways, which net/http lets through.
func sound(req *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols && !(isUpgrade(req.Header) && isUpgrade(resp.Header)) {
		return errUnaskedSwitch
	}
	if resp.StatusCode < 100 { // net/http takes any three digits
		return fmt.Errorf("malformed HTTP status code %03d", resp.StatusCode)
	}
	for name := range resp.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			if err := soundName(resp.Header, name); err != nil {
				return err
			}
		}
	}
	// Over HTTP/1 net/http has looked at these. Over HTTP/2, where they frame
	// nothing, it has not, and towards the browser they may frame again.
	if lengths := resp.Header["Content-Length"]; len(lengths) > 0 && resp.ProtoMajor == 2 {
		if _, err := strconv.ParseUint(lengths[0], 10, 63); err != nil || len(slices.Compact(lengths)) > 1 {
			return fmt.Errorf("bad Content-Length %q", lengths)
		}
		resp.Header["Content-Length"] = lengths[:1]
	}
	return nil
}

// soundName removes the space between a field's name and the colon (RFC 9112,
// section 5.1). Where the field would have framed the answer, it is too late.
func soundName(h http.Header, name string) error {
	trimmed := http.CanonicalHeaderKey(strings.TrimRight(name, " \t"))
	if !httpguts.ValidHeaderFieldName(trimmed) || trimmed == "Content-Length" || trimmed == "Transfer-Encoding" {
		return fmt.Errorf("malformed MIME header: the name %q", name)
	}
	h[trimmed] = append(h[trimmed], h[name]...)
	delete(h, name)
	return nil
}
