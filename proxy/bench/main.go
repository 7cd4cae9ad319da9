//go:build bench

// Bench sets Corsage's proxy side by side with other ways to do the same work,
// in one run on one machine: no proxy at all, bare goproxy, HAProxy. It prints
// what each costs and whether Corsage reaches its targets, which are ratios, so
// that they hold on any machine:
//
//	go run -tags bench ./proxy/bench            the whole run
//	go run -tags bench ./proxy/bench -only h1   one row; -list names them
//	go run -tags bench ./proxy/bench -quick     a second a row, to see that it works
//	go run -tags bench ./proxy/bench -readme    writes the tables into README.md
//
// It starts itself again for the backend and for each proxy, so that the
// processor time and the memory of a proxy are those of a process of its own, as
// the system counts them. All traffic stays on loopback. Contenders that are not
// installed are left out, with a word.
//
// The program wires the product together as main.go does, and goproxy beside it,
// so it imports what the engine's packages must not. It is no part of the engine:
// its build tag keeps it out of every other build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags of a run.
type options struct {
	only    string        // beginnings of the rows' names, separated by commas; "" for all
	seconds float64       // of one measured window
	rounds  int           // windows for each contender of a row
	hold    time.Duration // how long open connections must stay alive
	quick   bool          // only see that it works
	readme  string        // the file to write the tables into; "" for none
	profile string        // folder for CPU profiles; "" for none
	npm     string        // folder in which mockttp was installed; "" for none
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == roleArgument {
		if err := playRole(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", os.Args[2], err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.only, "only", "", "measure only the rows whose names begin with `ROW`; several are separated by commas")
	flag.Float64Var(&o.seconds, "seconds", 3, "length of one measured window in `SECONDS`")
	flag.IntVar(&o.rounds, "rounds", 5, "measured windows for each contender, taken in turns; the median counts")
	flag.DurationVar(&o.hold, "hold", 5*time.Minute, "how long open event streams and WebSockets must stay alive")
	flag.BoolVar(&o.quick, "quick", false, "a smoke run: about a second a row, with figures that mean nothing")
	readme := flag.Bool("readme", false, "write the tables into README.md, between <!-- bench --> and <!-- /bench -->")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of each Go proxy under each row into the folder `DIR`; a heap profile of the row open")
	flag.StringVar(&o.npm, "npm", "", "the folder `DIR` in which `npm install mockttp` was run, to measure it too")
	list := flag.Bool("list", false, "name the rows and end")
	flag.Parse()
	if *list {
		for _, r := range rows() {
			fmt.Printf("%-12s %s\n", r.name, r.title)
		}
		return
	}
	if *readme && o.quick {
		fmt.Fprintln(os.Stderr, "bench: the figures of -quick mean nothing: leave out -quick or -readme")
		os.Exit(2)
	}
	if *readme {
		o.readme = "README.md"
	}
	if o.quick {
		o.seconds, o.rounds, o.hold = 0.3, 1, 2*time.Second
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the chosen rows one after another.
func run(ctx context.Context, o options) error {
	if err := supported(); err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	if o.readme != "" { // better now than after all the work
		if _, _, err := splitReadme(o.readme); err != nil {
			return err
		}
	}
	about := b.about()
	fmt.Println(about)
	found := false
	for _, r := range rows() {
		if !chosen(o.only, r.name) {
			continue
		}
		found = true
		fmt.Printf("\n== %s: %s\n", r.name, r.title)
		began := time.Now()
		result := &result{row: r}
		if err := r.measure(b, result); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			b.failure(result, "the row", err)
		}
		b.results = append(b.results, result)
		result.print(os.Stdout)
		fmt.Printf("   (%.0f s)\n", time.Since(began).Seconds())
	}
	if !found {
		return fmt.Errorf("no row begins with %q: -list names them", o.only)
	}
	if len(b.failures) > 0 {
		return fmt.Errorf("left out though they should work: %s; the notes say why", strings.Join(b.failures, "; "))
	}
	if o.readme != "" {
		return writeReadme(o.readme, about, b.results)
	}
	return nil
}

// chosen reports whether one of the comma-separated beginnings is the row's.
func chosen(only, row string) bool {
	for prefix := range strings.SplitSeq(only, ",") {
		if strings.HasPrefix(row, prefix) {
			return true
		}
	}
	return false
}
