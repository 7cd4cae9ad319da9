//go:build !windows

package instance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"
)

// roles are what other processes do in tests, each with its arguments. They say
// "ready" and stay until their stdin ends.
var roles = map[string]func(args []string) error{
	// start DIR: an instance with windows, whose folders are below DIR.
	"start": func(args []string) error {
		i, err := Start(context.Background(), Options{Listen: "127.0.0.1:0", Windows: true, Dirs: dirsIn(args[0]), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		ready()
		return i.Close()
	},
	// succeed DIR: says "waiting", and then is the next to have the lock.
	"succeed": func(args []string) error {
		fmt.Println("waiting")
		for {
			p, err := acquire(dirsIn(args[0]).Runtime)
			if err == nil {
				ready()
				return p.release()
			}
			if !errors.Is(err, errHeld) {
				return err
			}
		}
	},
	// listen PATH: a control socket that is none.
	"listen": func(args []string) error {
		l, err := net.Listen("unix", args[0])
		if err != nil {
			return err
		}
		defer l.Close()
		ready()
		return nil
	},
	// lock PATH: a lock that it made.
	"lock": func(args []string) error {
		l := flock.New(args[0])
		if _, err := l.TryLock(); err != nil {
			return err
		}
		ready()
		return l.Close()
	},
	// knock PATH: asks a control socket for the status, without looking whose it is,
	// and prints the answer.
	"knock": func(args []string) error {
		conn, err := net.Dial("unix", args[0])
		if err != nil {
			return err
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /status HTTP/1.0\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		fmt.Printf("answer: %q\n", answer)
		return nil
	},
	// status DIR: what a client says.
	"status": func(args []string) error {
		_, err := NewClient(dirsIn(args[0])).Status(context.Background())
		fmt.Printf("status: %v\n", err)
		return nil
	},
}

func ready() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// another is a process of the test's own program.
type another struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// begins starts a role as a user, and returns once it has said its first line.
func begins(t *testing.T, uid int, role string, args ...string) (*another, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if uid != os.Geteuid() { // the go command's folder is closed to others
		program = copied(t, program)
	}
	p := &another{cmd: exec.Command(program, args...)}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+role)
	p.cmd.Stderr = os.Stderr
	p.cmd.Dir = "/"
	if uid != os.Geteuid() {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
		p.in.Close()
		_ = p.cmd.Wait()
	})
	p.out = bufio.NewReader(out)
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%s said %q: %v", role, line, err)
	}
	return p, strings.TrimSpace(line)
}

// copied is a copy that everybody may run.
func copied(t *testing.T, program string) string {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "program")
	if err := os.WriteFile(name, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// nobody is a user other than this one; only root can be somebody else.
func nobody(t *testing.T) int {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be another user as well")
	}
	return 65534
}
