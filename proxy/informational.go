package proxy

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"sync/atomic"
)

// informational passes a backend's 1xx answers (RFC 9110, section 15.2) on as
// they come, such as 103 Early Hints (RFC 8297). No modifier sees them: a
// browser looks for no CORS field in them, and what it fetches for a hint is an
// exchange of its own. It is the context of the request to the backend.
type informational struct {
	context.Context // holds trace, for the transport
	trace           httptrace.ClientTrace
	count           int  // of what came
	quiet           bool // nothing is passed
	mu              sync.Mutex
	client          http.ResponseWriter // nil once the backend has answered or failed
	conn            net.Conn            // to the backend; nil while there is none
	abandoned       atomic.Bool         // the request's body is no longer read
}

// maxInformational is how many a backend may send before its answer.
const maxInformational = 100

// errInformational is the cause of a failure to get to the answer.
var errInformational = errors.New("it sends informational answers (1xx) without end")

type informationalKey struct{}

// informed returns the context in which r is sent on, so that what is said before
// the answer goes to w. HTTP/1.0 knows nothing of the kind. i must be new.
func (i *informational) informed(w http.ResponseWriter, r *http.Request) context.Context {
	if !r.ProtoAtLeast(1, 1) {
		return r.Context()
	}
	i.client = w
	// Over HTTP/1, net/http may at any moment tell this client to continue, and
	// doesn't expect another to write.
	i.quiet = r.ProtoMajor == 1 && r.Header.Get("Expect") != ""
	i.trace.Got1xxResponse = i.pass
	if r.ContentLength != 0 {
		i.trace.GetConn, i.trace.GotConn = i.seek, i.got
	}
	i.Context = httptrace.WithClientTrace(r.Context(), &i.trace)
	return i
}

// endInformational is to be called once the transport has returned: it may tell
// of more from a goroutine of its own, while the final answer is written.
func endInformational(ctx context.Context) {
	if i, ok := ctx.Value(informationalKey{}).(*informational); ok {
		i.mu.Lock()
		i.client = nil
		i.mu.Unlock()
	}
}

func (i *informational) Value(key any) any {
	if key == (informationalKey{}) {
		return i
	}
	return i.Context.Value(key)
}

// pass is what the transport calls. It leaves out 100: net/http tells the client
// to continue when the transport, which was told so, begins to read the body.
func (i *informational) pass(status int, header textproto.MIMEHeader) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.count++; i.count > maxInformational {
		return errInformational
	}
	if status == http.StatusSwitchingProtocols {
		return errUnaskedSwitch // over HTTP/2, which has none (RFC 9113, section 8.6)
	}
	if i.client == nil || i.quiet || status == http.StatusContinue {
		return nil
	}
	h := i.client.Header()
	before := maps.Clone(h)
	maps.Copy(h, header)
	stripHop(h, false)
	i.client.WriteHeader(status)
	clear(h) // or it would come again with the final answer
	maps.Copy(h, before)
	return nil
}
