//go:build bench

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"
)

// roleArgument is the first argument of a process that plays a part: the second
// is the role, the third its settings in JSON.
const roleArgument = "role"

// settings are what a role needs to know.
type settings struct {
	Host      string // the backend's name, without its port
	Backend   string // the backend's address, 127.0.0.1:port
	BackendCA string // PEM file that the backend's certificate is verified by
	Authority string // folder of the roots that Corsage signs with
	Pair      string // folder of the files ca.pem and ca-key.pem, for the others
	H2        bool   // whether the backend speaks HTTP/2 too
	Log       bool   // whether Corsage keeps its request log
	RSA       bool   // whether goproxy signs with the RSA key that it brings along
}

// playRole serves as role until stdin ends, and obeys what is written there.
func playRole(role, config string) error {
	var s settings
	if err := json.Unmarshal([]byte(config), &s); err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	serve := map[string]func(settings, net.Listener) error{
		"backend": serveBackend,
		"goproxy": serveGoproxy,
		"corsage": serveCorsage,
		"source":  serveSource,
	}[role]
	if serve == nil {
		return errors.New("there is no such role")
	}
	if err := raiseLimit(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(s, l) }()
	fmt.Println(l.Addr())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		obey(os.Stdin, os.Stdout)
	}()
	select {
	case err := <-failed:
		return err
	case <-ended:
		return nil
	}
}

// memory is what a Go process says of its own.
type memory struct {
	HeapInuse, HeapAlloc, StackInuse, Sys, PeakHeapInuse, PeakHeapAlloc uint64

	Goroutines int
}

// obey carries out commands, one a line, and answers each with one line:
//
//	memory        the present memory, and the highest since the last "gc"
//	gc            collects garbage, gives free memory back, forgets the peak
//	profile FILE  begins a CPU profile
//	stop          ends it
//	heap FILE     writes a heap profile
func obey(r io.Reader, w io.Writer) {
	var profile *os.File
	peaks := watchHeap()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		command, argument, _ := strings.Cut(lines.Text(), " ")
		var err error
		switch command {
		case "memory":
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			inuse, alloc := peaks.highest()
			answer, _ := json.Marshal(memory{m.HeapInuse, m.HeapAlloc, m.StackInuse, m.Sys,
				max(inuse, m.HeapInuse), max(alloc, m.HeapAlloc), runtime.NumGoroutine()})
			fmt.Fprintln(w, string(answer))
			continue
		case "gc":
			debug.FreeOSMemory()
			peaks.forget()
		case "profile":
			if profile, err = os.Create(argument); err == nil {
				err = pprof.StartCPUProfile(profile)
			}
		case "stop":
			pprof.StopCPUProfile()
			err = profile.Close()
		case "heap":
			err = writeHeap(argument)
		default:
			err = errors.New("there is no such command")
		}
		if err != nil {
			fmt.Fprintln(w, "failed:", err)
		} else {
			fmt.Fprintln(w, "ok")
		}
	}
}

// writeHeap writes a heap profile of what is in use.
func writeHeap(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC() // what is in use is known as of the last collection
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}

// child is a process that plays a role.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	addr string
}

// start starts a role and waits until it listens.
func start(role string, s settings) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, roleArgument, role, string(config))}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the %s: %w", role, err)
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.close()
		return nil, fmt.Errorf("the %s did not say where it listens: %w", role, err)
	}
	c.addr = strings.TrimSpace(line)
	return c, nil
}

// tell gives a command and returns the answer.
func (c *child) tell(command string) (string, error) {
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		return "", err
	}
	line, err := c.out.ReadString('\n')
	line = strings.TrimSpace(line)
	if err == nil && strings.HasPrefix(line, "failed: ") {
		err = errors.New(line)
	}
	if err != nil {
		return "", fmt.Errorf("telling process %d to %q: %w", c.cmd.Process.Pid, command, err)
	}
	return line, nil
}

// memory asks for the process's own figures.
func (c *child) memory() (m memory, err error) {
	line, err := c.tell("memory")
	if err == nil {
		err = json.Unmarshal([]byte(line), &m)
	}
	return m, err
}

// close ends the process.
func (c *child) close() {
	_ = c.in.Close()
	late := time.AfterFunc(5*time.Second, func() { _ = c.cmd.Process.Kill() })
	_ = c.cmd.Wait()
	late.Stop()
}
