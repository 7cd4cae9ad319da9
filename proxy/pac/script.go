package pac

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

const (
	// evaluationTime is how long a PAC file may take for an answer, with the names
	// that it looks up.
	evaluationTime = 5 * time.Second
	// evaluationMemory is by how much the heap may grow meanwhile, in bytes: more
	// than anything else makes it in that time.
	evaluationMemory = 256 << 20
	// evaluations is how many may run at once; each needs an engine.
	evaluations = 4
	// answerTime is how long an answer is kept: a PAC file may ask what time it is,
	// and names and networks change.
	answerTime = time.Minute
	// maxAnswers bounds how many are kept.
	maxAnswers = 2000
)

// script is a PAC file that can be asked. Safe for concurrent use.
type script struct {
	program *goja.Program
	running chan struct{} // has a place for each evaluation
	world   world

	mu      sync.Mutex
	idle    []*engine
	answers map[string]kept
}

type kept struct {
	routes []Route
	until  time.Time
}

// newScript compiles a PAC file and runs it once, so that one which can't be
// used is known.
func newScript(text string) (*script, error) {
	program, err := goja.Compile("proxy.pac", text, false)
	if err != nil {
		return nil, fmt.Errorf("it is no JavaScript: %w", err)
	}
	s := &script{program: program, running: make(chan struct{}, evaluations), world: realWorld(), answers: make(map[string]kept)}
	ctx, cancel := bounded(context.Background())
	defer cancel()
	e, err := s.newEngine(ctx)
	if err != nil {
		return nil, err
	}
	s.idle = append(s.idle, e)
	return s, nil
}

// find asks the PAC file for u, or has the answer of a minute ago.
func (s *script) find(ctx context.Context, u *url.URL) ([]Route, error) {
	asked := shown(u)
	s.mu.Lock()
	k, ok := s.answers[asked]
	s.mu.Unlock()
	now := s.world.now()
	if ok && now.Before(k.until) {
		return k.routes, nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	text, err := s.evaluate(ctx, asked, u.Hostname())
	if err != nil {
		return []Route{nil}, fmt.Errorf("the system's PAC file failed for %s: %w", u.Host, err)
	}
	k = kept{routes: ParseAnswer(text), until: now.Add(answerTime)}
	s.mu.Lock()
	if len(s.answers) >= maxAnswers {
		clear(s.answers)
	}
	s.answers[asked] = k
	s.mu.Unlock()
	return k.routes, nil
}

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, evaluationTime, fmt.Errorf("it took longer than %v", evaluationTime))
}

// shown is what a PAC file gets to see of u: no user and fragment, and nothing
// behind the host of an https address, as in browsers.
func shown(u *url.URL) string {
	c := url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: "/"}
	if u.Scheme == "http" {
		c.Path, c.RawPath, c.RawQuery = u.Path, u.RawPath, u.RawQuery
		if c.Path == "" {
			c.Path = "/"
		}
	}
	return c.String()
}

func (s *script) evaluate(ctx context.Context, url, host string) (string, error) {
	select {
	case s.running <- struct{}{}:
		defer func() { <-s.running }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	e, err := s.anEngine(ctx)
	if err != nil {
		return "", err
	}
	answer, err := e.find(ctx, url, strings.ToLower(host))
	if err != nil {
		return "", err // an engine that was stopped is left behind
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, e)
	return answer, nil
}

// anEngine returns an idle engine, or a new one.
func (s *script) anEngine(ctx context.Context) (*engine, error) {
	s.mu.Lock()
	if last := len(s.idle) - 1; last >= 0 {
		e := s.idle[last]
		s.idle = s.idle[:last]
		s.mu.Unlock()
		return e, nil
	}
	s.mu.Unlock()
	return s.newEngine(ctx)
}

// engine is a JavaScript engine that has read the PAC file. For one goroutine at
// a time.
type engine struct {
	vm   *goja.Runtime
	call goja.Callable
	ctx  context.Context // of the evaluation
	seen map[string][]net.IP
	world
}

var errNoFunction = errors.New("it has no function FindProxyForURL")

func (s *script) newEngine(ctx context.Context) (*engine, error) {
	e := &engine{vm: goja.New(), world: s.world}
	e.vm.SetMaxCallStackSize(1000)
	if err := e.define(); err != nil {
		return nil, err
	}
	err := e.run(ctx, func() error {
		_, err := e.vm.RunProgram(s.program)
		return err
	})
	if err != nil {
		return nil, err
	}
	var ok bool
	if e.call, ok = goja.AssertFunction(e.vm.Get("FindProxyForURL")); !ok {
		return nil, errNoFunction
	}
	return e, nil
}

func (e *engine) find(ctx context.Context, url, host string) (string, error) {
	var answer goja.Value
	err := e.run(ctx, func() (err error) {
		answer, err = e.call(goja.Undefined(), e.vm.ToValue(url), e.vm.ToValue(host))
		return err
	})
	if err != nil || goja.IsUndefined(answer) || goja.IsNull(answer) {
		return "", err
	}
	return answer.String(), nil
}

// run has f run scripts, which it stops with ctx, or when they take too much
// memory.
func (e *engine) run(ctx context.Context, f func() error) (err error) {
	e.ctx, e.seen = ctx, make(map[string][]net.IP)
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		e.watch(ctx, done)
	}()
	defer func() {
		close(done)
		<-watched // so that it stops nothing of the next evaluation
		if p := recover(); p != nil {
			err = fmt.Errorf("the JavaScript engine failed: %v", p)
		}
	}()
	err = f()
	if stopped := (*goja.InterruptedError)(nil); errors.As(err, &stopped) {
		return stopped.Unwrap()
	}
	return err
}

func (e *engine) watch(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	before := heap()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			e.vm.Interrupt(context.Cause(ctx))
			return
		case <-tick.C:
			if heap() > before+evaluationMemory {
				e.vm.Interrupt(errors.New("it takes too much memory"))
				return
			}
		}
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
