package proxy_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// namespaceRole, in the environment, makes the test binary one of the two
// processes that TestDeadPath starts in network namespaces of their own.
const namespaceRole = "CORSAGE_TEST_NAMESPACE"

// The proxy and its backend are two machines with a cable between them. It is
// pulled, and the proxy's address changes, at any moment of an exchange.
func TestDeadPath(t *testing.T) {
	switch os.Getenv(namespaceRole) {
	case "backend":
		namespaceBackend(t)
		return
	case "proxy":
		testDeadPath(t)
		return
	}
	t.Parallel() // it mostly waits
	if _, err := exec.LookPath("ip"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no ip here: .ci/setup --tests installs it")
		}
		t.Skip("there is no ip here: install iproute2")
	}
	cmd := inNamespace(t, "proxy")
	cmd.Args = append(cmd.Args, "-test.v")
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EINVAL):
		t.Skip("no network namespace is to be had here:", err)
	case strings.Contains(string(out), notPermitted):
		t.Skip("a network namespace's devices can't be changed here")
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case !strings.Contains(string(out), "--- PASS: TestDeadPath/all/"):
		t.Errorf("it tested nothing:\n%s", out)
	}
}

// notPermitted is said where a namespace came without its powers, as from an
// Ubuntu whose AppArmor limits those of other users than root.
const notPermitted = "corsage: no power over this network namespace"

// inNamespace is this test in a process in a network namespace of its own. One
// that is not root is made root of a user namespace for it.
func inNamespace(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDeadPath$", "-test.timeout=2m", "-test.parallel=8")
	cmd.Env = append(os.Environ(), namespaceRole+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if id := os.Geteuid(); id != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// ip runs one command of iproute2.
func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
	}
	return nil
}

func mustIP(t *testing.T, args string) {
	t.Helper()
	if err := ip(args); err != nil {
		t.Fatal(err)
	}
}

// namespaceBackend serves until stdin ends, and runs what comes there through
// ip. It says where it listens, what it has done, and when a request waits.
func namespaceBackend(t *testing.T) {
	mustIP(t, "link set lo up")
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	b := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stream":
			fmt.Fprintln(w, "first")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/wait":
			fmt.Println("waits")
			<-r.Context().Done()
		default:
			fmt.Fprint(w, "from "+r.RemoteAddr)
		}
	}))
	b.Listener.Close()
	b.Listener = l
	b.EnableHTTP2 = os.Getenv("HTTP2") != ""
	b.StartTLS()
	fmt.Printf("listens %d\n", l.Addr().(*net.TCPAddr).Port)
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		fmt.Println("did", ip(commands.Text()))
	}
	b.CloseClientConnections() // whose other ends may be out of reach
	b.Close()
}

// machine is the backend's process, and the cable to it.
type machine struct {
	t     *testing.T
	in    io.WriteCloser
	out   *bufio.Scanner
	net   string // the first three numbers of its network, with the dot
	cable string // the device at the proxy's end
	addr  string // where it listens
}

// newMachine starts a backend and lays the nth cable.
func newMachine(t *testing.T, n int, h2 bool) *machine {
	t.Helper()
	cmd := inNamespace(t, "backend")
	cmd.SysProcAttr.Cloneflags &^= syscall.CLONE_NEWUSER // we are root here
	cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = nil, nil
	if h2 {
		cmd.Env = append(cmd.Env, "HTTP2=yes")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	m := &machine{t: t, in: in, out: bufio.NewScanner(out), net: fmt.Sprintf("10.77.%d.", n), cable: fmt.Sprintf("near%d", n)}
	m.addr = m.net + "2:" + m.await("listens ")
	mustIP(t, fmt.Sprintf("link add %s type veth peer name far netns %d", m.cable, cmd.Process.Pid))
	mustIP(t, "addr add "+m.net+"1/24 dev "+m.cable)
	mustIP(t, "link set "+m.cable+" up")
	m.ip("addr add " + m.net + "2/24 dev far")
	m.plug()
	return m
}

// await returns what follows prefix in the next line that has it.
func (m *machine) await(prefix string) string {
	m.t.Helper()
	for m.out.Scan() {
		if rest, ok := strings.CutPrefix(m.out.Text(), prefix); ok {
			return rest
		}
	}
	m.t.Fatalf("the backend ended and did not say %q", prefix)
	return ""
}

func (m *machine) ip(args string) {
	m.t.Helper()
	fmt.Fprintln(m.in, args)
	if err := m.await("did "); err != "<nil>" {
		m.t.Fatal(err)
	}
}

func (m *machine) pull() { m.t.Helper(); m.ip("link set far down") }

// plug returns once the network is back, which takes it some seconds where a
// neighbour was looked for in vain (arp(7)).
func (m *machine) plug() {
	m.t.Helper()
	m.ip("link set far up")
	until(m.t, "the network to be back", func() bool {
		c, err := net.DialTimeout("tcp", m.addr, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func testDeadPath(t *testing.T) {
	if err := ip("link set lo up"); err != nil {
		t.Fatal(notPermitted, err)
	}
	before := len(descriptors(t))
	t.Run("all", testDeadPaths) // returns when they have ended
	until(t, "all descriptors to be closed", func() bool { return len(descriptors(t)) <= before })
}

func testDeadPaths(t *testing.T) {
	const site = "https://example.com"
	n := 0
	for name, test := range map[string]func(t *testing.T, m *machine, r *rig){
		"between requests": func(t *testing.T, m *machine, r *rig) {
			r.SetAlive(time.Second, 2*time.Second)
			get(t, r.client, site+"/")
			m.pull()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if resp, body := do(t, r.client, method, site+"/", nil); !unreached(resp) || !strings.Contains(body, "could not be reached") {
					t.Errorf("%s with the cable pulled: %s %q", method, resp.Status, body)
				}
			}
			m.plug()
			if resp, body := get(t, r.client, site+"/"); resp.StatusCode != http.StatusOK {
				t.Errorf("with the cable back: %s %q", resp.Status, body)
			}
		},
		"waiting for the answer": func(t *testing.T, m *machine, r *rig) {
			r.SetAlive(time.Second, 2*time.Second)
			pulled := make(chan struct{})
			go func() { defer close(pulled); m.await("waits"); m.pull() }()
			resp, body := do(t, r.client, http.MethodPost, site+"/wait", strings.NewReader("x"))
			<-pulled
			if !unreached(resp) || !strings.Contains(body, "could not be reached") {
				t.Errorf("%s %q", resp.Status, body)
			}
			m.plug()
			if resp, body := get(t, r.client, site+"/"); resp.StatusCode != http.StatusOK {
				t.Errorf("with the cable back: %s %q", resp.Status, body)
			}
		},
		"in a stream": func(t *testing.T, m *machine, r *rig) {
			r.SetAlive(time.Second, 2*time.Second)
			resp, err := r.client.Get(site + "/stream")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			in := bufio.NewReader(resp.Body)
			if line, err := in.ReadString('\n'); err != nil || line != "first\n" {
				t.Fatalf("the stream begins with %q, %v", line, err)
			}
			m.pull()
			if rest, err := in.ReadString('\n'); err == nil || errors.Is(err, io.EOF) || os.IsTimeout(err) {
				t.Errorf("a stream that broke off ends with %q, %v", rest, err)
			}
		},
		// The times of real life: none of them passes in this test.
		"other address": func(t *testing.T, m *machine, r *rig) {
			resp, err := r.client.Get(site + "/stream")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close() // it is on the connection whose address goes
			get(t, r.client, site+"/")
			mustIP(t, "addr del "+m.net+"1/24 dev "+m.cable)
			mustIP(t, "addr add "+m.net+"3/24 dev "+m.cable)
			r.Look()
			if again, body := get(t, r.client, site+"/"); !strings.HasPrefix(body, "from "+m.net+"3:") {
				t.Errorf("%s %q", again.Status, body)
			}
		},
	} {
		for _, h2 := range []bool{false, true} {
			n++
			cable := n
			t.Run(fmt.Sprintf("%s, h2=%t", name, h2), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, cable, h2)
				choice := rule(t, site, nil)
				choice.Upstream, choice.Insecure = &url.URL{Scheme: "https", Host: m.addr}, true
				r := start(t, choice)
				r.client.Timeout = 20 * time.Second // a browser would hang for longer
				test(t, m, r)
			})
		}
	}
}

// unreached reports the answer in place of a backend's, 504 where it is known
// that time ran out.
func unreached(resp *http.Response) bool {
	return resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusGatewayTimeout
}
