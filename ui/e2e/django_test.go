package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The accounts of the backend, with one password.
const (
	username = "ada"
	another  = "eve"
	password = "correct horse"
)

// django is one gunicorn process that serves the project in testdata/django.
type django struct {
	urls   []string // one for each listener, scheme://host:port
	client *http.Client
}

// findPython is a Python that has Django and gunicorn: Debian's own first,
// since another in PATH rarely has them.
func findPython(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if exec.Command(path, "-c", "import django, gunicorn").Run() == nil {
			return path
		}
	}
	missing(t, "no Python 3 with django and gunicorn (Debian: apt install python3-django gunicorn)")
	return ""
}

// djangoProject is where the project is, with a database of its own.
type djangoProject struct {
	python, dir, story, db string
	strict                 bool   // see settings.py
	settings               string // another settings file, without .py; "" for the project's
}

// newDjangoProject makes the database with the users in it.
func newDjangoProject(t testing.TB, dir string) djangoProject {
	t.Helper()
	root, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	p := djangoProject{
		python: findPython(t),
		dir:    filepath.Join(root, "django"),
		story:  filepath.Join(root, "page", "story.js"),
		db:     filepath.Join(dir, "empty.sqlite3"),
	}
	cmd := exec.Command(p.python, filepath.Join(p.dir, "setup.py"))
	cmd.Env = p.env("https", p.db)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make Django's database: %v\n%s", err, out)
	}
	return p
}

func (p djangoProject) env(scheme, db string) []string {
	env := os.Environ()
	if p.strict {
		env = append(env, "BACKEND_STRICT=1")
	}
	path, settings := p.dir, "backend.settings"
	if p.settings != "" {
		path += string(os.PathListSeparator) + filepath.Dir(p.settings)
		settings = filepath.Base(p.settings)
	}
	return append(env,
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+path, "DJANGO_SETTINGS_MODULE="+settings,
		"BACKEND_SCHEME="+scheme, "BACKEND_DB="+db, "BACKEND_STORY="+p.story,
		"E2E_USERS="+username+" "+another, "E2E_PASSWORD="+password)
}

// serve starts gunicorn on one listener for each host; the ports are free ones.
func (p djangoProject) serve(t testing.TB, ca *testCA, scheme string, hosts ...string) *django {
	t.Helper()
	dir := t.TempDir()
	db := filepath.Join(dir, "db.sqlite3")
	data, err := os.ReadFile(p.db)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(db, data, 0o600); err != nil {
		t.Fatal(err)
	}

	args := []string{"-m", "gunicorn", "--worker-class", "gthread", "--threads", "12", "--worker-tmp-dir", dir, "--timeout", "120"}
	if scheme == "https" {
		cert, key := ca.leafFiles(t, dir, "*.corsage.test", "*.example.com", "localhost", "127.0.0.1")
		args = append(args, "--certfile", cert, "--keyfile", key)
	}
	d := &django{client: ca.client()}
	cmd := exec.Command(p.python)
	var binds []string
	d.urls, binds = inherit(t, cmd, scheme, hosts...)
	args = append(args, binds...)
	cmd.Args = append([]string{p.python}, append(args, "backend.wsgi")...)
	cmd.Dir = dir
	cmd.Env = p.env(scheme, db)
	startProcess(t, cmd, nil)
	d.waitReady(t)
	return d
}

// inherit opens a listener on a free port for each host, which gunicorn gets as a
// descriptor, from 3 on. It returns their URLs, and gunicorn's arguments.
func inherit(t testing.TB, cmd *exec.Cmd, scheme string, hosts ...string) (urls, binds []string) {
	t.Helper()
	for i, host := range hosts {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		binds = append(binds, "--bind", fmt.Sprintf("fd://%d", 3+i))
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		urls = append(urls, scheme+"://"+net.JoinHostPort(host, port))
	}
	return urls, binds
}

// waitReady returns once Django answers.
func (d *django) waitReady(t testing.TB) {
	t.Helper()
	var err error
	answers := func() bool {
		var response *http.Response
		response, err = d.client.Get(d.urls[0] + "/headers")
		if err != nil {
			return false
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("Django answers %s", response.Status)
		}
		return true
	}
	if !eventually(answers) {
		t.Fatalf("Django does not answer: %v", err)
	}
}

// arrival is a request as Django saw it.
type arrival struct {
	Method, Path, Origin, Referer string
	How                           string   // ?how=, which of a step's requests it is
	Site                          string   // Sec-Fetch-Site
	CSRF                          string   // X-CSRFToken
	Cookies                       []string // names
}

// seen are the requests that arrived with ?token=token.
func (d *django) seen(t testing.TB, token string) []arrival {
	t.Helper()
	response, err := d.client.Get(d.urls[0] + "/seen/" + token)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var told struct{ Requests []arrival }
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
		t.Fatalf("what Django saw: %v", err)
	}
	return told.Requests
}
