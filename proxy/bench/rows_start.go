//go:build bench

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// measureStart starts the real program, built as for a container, and takes the
// time until the first intercepted request is answered.
func measureStart(b *bench, r *result) error {
	program := filepath.Join(b.dir, "corsage")
	build := exec.Command("go", "build", "-tags", "headless", "-o", program, "corsage")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building corsage: %w: %s (is this the project's folder?)", err, strings.TrimSpace(string(out)))
	}
	profile := filepath.Join(b.dir, "bench.yaml")
	text := fmt.Sprintf("name: Bench\nbackends:\n  - url: https://%s\n    ca: %s\n", b.authority, b.settings.BackendCA)
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		return err
	}
	home := filepath.Join(b.dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	r.columns = []column{
		{"until answered ms", "%.1f", func(s sample) float64 { return s.took.Seconds() * 1e3 }},
		{"until it listens ms", "%.1f", func(s sample) float64 { return s.listens.Seconds() * 1e3 }},
		{"CPU ms", "%.1f", func(s sample) float64 { return s.cpu.Seconds() * 1e3 }},
		residentMemory(),
	}
	first, err := b.firstAnswer(program, profile, home)
	if err != nil {
		return err
	}
	r.add("the very first start, which makes the CA", first)
	starts := 10
	if b.quick {
		starts = 2
	}
	for range starts {
		one, err := b.firstAnswer(program, profile, home)
		if err != nil {
			return err
		}
		r.add("later starts", one)
	}
	r.figure("start to first answered request", r.columns[0], "later starts", atMost, 60, "ms")
	return nil
}

// firstAnswer starts program and asks it for the small answer as soon as it
// listens.
func (b *bench) firstAnswer(program, profile, home string) (one sample, err error) {
	addr, err := freeAddress()
	if err != nil {
		return one, err
	}
	cmd := exec.Command(program, "serve", "-f", profile, "--listen", addr, "--log", "none")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home,
		"XDG_STATE_HOME="+home, "XDG_RUNTIME_DIR="+home)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return one, fmt.Errorf("starting corsage serve: %w", err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		if err = errors.Join(err, cmd.Wait()); err != nil {
			err = fmt.Errorf("%w; it said: %s", err, strings.TrimSpace(said.String()))
		}
	}()
	s := &server{addr: addr, pid: cmd.Process.Pid, connect: true}
	for {
		probe, err := net.Dial("tcp", addr)
		if err == nil {
			probe.Close()
			break
		}
		if time.Since(began) > 10*time.Second {
			return one, fmt.Errorf("corsage serve does not listen after ten seconds: %w", err)
		}
		time.Sleep(200 * time.Microsecond)
	}
	one.listens = time.Since(began)
	if _, err := b.visit(s, b.authority); err != nil {
		return one, err
	}
	one.took = time.Since(began)
	if one.cpu, err = cpuTime(s.pid); err != nil {
		return one, err
	}
	one.resident, err = resident(s.pid)
	return one, err
}
