package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"
)

// memory is a desktop whose values lie in memory, so that a test can kill the
// switch and look on.
type memory struct {
	values    values
	refuses   string // a key that can't be written
	forgets   string // a key that takes no value, and says nothing
	writes    []string
	announced int
}

func newMemory() *memory {
	return &memory{values: values{
		"mode": {Text: "none", Unset: true}, "url": {Text: "", Unset: true}, "host": {Text: ""}, "port": {Text: "0"}, "except": {Text: "localhost", Unset: true},
	}}
}

func (m *memory) id() string          { return "memory" }
func (m *memory) name() string        { return "Memory" }
func (m *memory) has(key string) bool { _, ok := newMemory().values[key]; return ok }

func (m *memory) read(context.Context) (values, error) { return maps.Clone(m.values), nil }

func (m *memory) write(_ context.Context, key string, v value) error {
	if key == m.refuses {
		return errors.New("it is locked")
	}
	m.writes = append(m.writes, fmt.Sprintf("%s=%s", key, v.Text))
	if key != m.forgets {
		if v.Unset {
			v.Text = newMemory().values.text(key)
		}
		m.values[key] = v
	}
	return nil
}

func (m *memory) plan(now values, want Want) ([]change, error) {
	if !want.Fixed {
		return []change{{key: "url", text: want.PAC}, {key: "mode", text: "auto", with: []string{"url"}, decides: true}}, nil
	}
	return []change{
		{key: "except", text: now.text("except") + ",here"},
		{key: "port", text: "8899", with: []string{"host"}},
		{key: "host", text: want.Addr, with: []string{"port"}},
		{key: "mode", text: "manual", with: []string{"host", "port"}, decides: true},
	}, nil
}

func (m *memory) previous(now values) Previous {
	switch now.text("mode") {
	case "auto":
		return Previous{PAC: now.text("url")}
	case "manual":
		return Previous{HTTP: now.text("host") + ":" + now.text("port")}
	}
	return Previous{}
}

func (m *memory) announce(context.Context) { m.announced++ }

// opened returns a switch of m with its journal in dir, as a process of its own
// would have.
func (m *memory) opened(t testing.TB, dir string) *Switch {
	s := Open(dir)
	s.find = func(string) (desktop, error) { return m, nil }
	s.patience = 100 * time.Millisecond
	t.Cleanup(func() { _ = s.lock.Close() })
	return s
}

// killed ends the switch as SIGKILL would end its process.
type killed struct{}

// kill runs do on s, and kills s before its nth step from now, if it comes so far.
func kill(t testing.TB, s *Switch, n int, do func()) (dead bool) {
	t.Helper()
	s.step = func(string) {
		if n--; n < 0 {
			panic(killed{})
		}
	}
	defer func() {
		s.step = func(string) {}
		if p := recover(); p != nil {
			if _, ok := p.(killed); !ok {
				panic(p)
			}
			dead = true
			_ = s.lock.Close() // as the system does
		}
	}()
	do()
	return false
}
