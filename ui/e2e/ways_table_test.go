package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the table of ways in README.md anew, as far as browsers were run")

// outcomes are what the ways were seen to do. They may be added to from many
// goroutines.
type outcomes struct {
	mu   sync.Mutex
	seen map[cell]outcome
}

// cell is a place in README's table, by what stands in its row and column there.
type cell struct{ backend, way, browser string }

func (o *outcomes) add(k kind, w way, m mode, seen outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen == nil {
		o.seen = map[cell]outcome{}
	}
	o.seen[cell{k.title, w.title, m.title}] = seen
}

// checkReadme holds README's table to what was seen; columns of browsers that
// did not run are taken as they stand.
func (o *outcomes) checkReadme(t *testing.T) {
	t.Helper()
	if len(o.seen) == 0 {
		return // -run chose none of them
	}
	file := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := []byte("<!-- ways -->\n"), []byte("<!-- /ways -->")
	head, rest, ok := bytes.Cut(text, begin)
	old, tail, ok2 := bytes.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md lacks the line %s or %s", begin, end)
	}
	table := o.table(readTable(string(old)))
	switch {
	case table == string(old):
	case *update:
		if err := os.WriteFile(file, slices.Concat(head, begin, []byte(table), end, tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of ways in README.md is not what was seen (go test ./ui/e2e -run EndToEnd -update writes it anew):\n%s", table)
	}
}

// table is what README shows of what was seen, and of old where nothing was.
func (o *outcomes) table(old map[cell]outcome) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var b strings.Builder
	b.WriteString("| Backend | Way |")
	for _, m := range modes {
		fmt.Fprintf(&b, " %s |", m.title)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(modes)) + "\n")
	for _, backend := range []string{onHTTPS, onPlain, onLocalhost} {
		shown := backend
		for _, w := range ways {
			row, any := "", false
			for _, m := range modes {
				at := cell{backend, w.title, m.title}
				seen, ok := o.seen[at]
				if !ok {
					seen = old[at]
				}
				any = any || ok
				row += fmt.Sprintf(" %s |", seen)
			}
			if any { // else there is no such way
				fmt.Fprintf(&b, "| %s | %s |%s\n", shown, w.title, row)
				shown = ""
			}
		}
	}
	return b.String() + notes
}

// readTable reads a table as it stands in README.
func readTable(text string) map[cell]outcome {
	cells := map[cell]outcome{}
	var browsers []string
	backend := ""
	for line := range strings.Lines(text) {
		columns := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		if browsers == nil {
			browsers = columns
			continue
		}
		if len(columns) != len(browsers) {
			continue
		}
		if columns[0] != "" {
			backend = columns[0]
		}
		for i := 2; i < len(columns); i++ {
			cells[cell{backend, columns[1], browsers[i]}] = outcome(columns[i])
		}
	}
	return cells
}
