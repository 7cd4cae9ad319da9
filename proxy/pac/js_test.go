package pac

import (
	"net"
	"testing"

	"github.com/dop251/goja"
)

// loaded is a PAC file in a JavaScript engine, with what browsers give it.
type loaded struct {
	t    testing.TB
	text []byte
	vm   *goja.Runtime
	call goja.Callable
}

// load reads the file as a browser does.
func load(t testing.TB, text []byte) *loaded {
	t.Helper()
	l := &loaded{t: t, text: text, vm: goja.New()}
	e := &engine{vm: l.vm, world: testWorld(), ctx: t.Context(), seen: map[string][]net.IP{}}
	if err := e.define(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.vm.RunString(string(text)); err != nil {
		t.Fatalf("the file is no JavaScript: %v\n%s", err, text)
	}
	var ok bool
	if l.call, ok = goja.AssertFunction(l.vm.Get("FindProxyForURL")); !ok {
		t.Fatalf("the file has no FindProxyForURL:\n%s", text)
	}
	return l
}

// find asks it for url. The file needn't look at what browsers pass beside it.
func (l *loaded) find(url string) string {
	l.t.Helper()
	v, err := l.call(goja.Undefined(), l.vm.ToValue(url), l.vm.ToValue(hostOf(url)))
	if err != nil {
		l.t.Fatalf("FindProxyForURL(%q): %v\n%s", url, err, l.text)
	}
	return v.String()
}
