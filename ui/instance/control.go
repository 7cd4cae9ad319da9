package instance

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"corsage/proxy"
)

// Status is what a running instance tells over its control socket.
type Status struct {
	PID   int    `json:"pid"`
	Proxy string `json:"proxy"`
	PAC   string `json:"pac"`
	// CA is the path of one PEM file with all root certificates.
	CA    string `json:"ca"`
	Roots []Root `json:"roots"`
	// HTTPProxy and HTTPSProxy are the proxies on the way out that the instance's
	// environment names, without user and password; "" for none.
	HTTPProxy  string `json:"http_proxy,omitempty"`
	HTTPSProxy string `json:"https_proxy,omitempty"`
	// Windows tells the tray application from `corsage serve`.
	Windows  bool      `json:"windows"`
	Profiles []Profile `json:"profiles"`
}

// change is the body of POST /enable and /disable.
type change struct {
	Name string `json:"name"`
}

// failure is the body of every answer but 2xx.
type failure struct {
	Error string `json:"error"`
}

// cleared is the answer to POST /cookies/clear.
type cleared struct {
	Count int `json:"count"`
}

// quitting is the answer to POST /quit.
type quitting struct {
	PID int `json:"pid"`
}

// control answers on the socket: GET /status and /log, POST /raise, /quit,
// /enable, /disable, /cookies, /cookies/clear, /system-proxy.
// No browser reaches it, and no other user does, see trusted.
func (i *Instance) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", i.unlessEnding(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, i.Status())
	}))
	mux.HandleFunc("POST /raise", i.unlessEnding(func(w http.ResponseWriter, _ *http.Request) {
		if !i.raise() {
			answer(w, http.StatusConflict, failure{"this corsage has no windows: it was started with 'corsage serve'"})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("POST /quit", func(w http.ResponseWriter, _ *http.Request) {
		i.log.Info("'corsage quit' asked for the end")
		answer(w, http.StatusAccepted, quitting{os.Getpid()})
		i.quitting.Do(func() { close(i.quit) })
	})
	mux.HandleFunc("POST /enable", i.set(true))
	mux.HandleFunc("POST /disable", i.set(false))
	mux.HandleFunc("GET /log", i.streamLog)
	mux.HandleFunc("POST /system-proxy", i.changeSystem)
	mux.HandleFunc("POST /cookies", queried(func(q CookieQuery) (any, error) { return cookies(i.Store, q) }))
	mux.HandleFunc("POST /cookies/clear", queried(func(q CookieQuery) (any, error) {
		n, err := clearCookies(i.Store, q)
		if n > 0 {
			i.log.Info("held cookies cleared", "count", n)
		}
		return cleared{n}, err
	}))
	return mux
}

// unlessEnding answers 503 instead once the end has begun: who starts then waits for
// it, rather than leave the field to an instance that will be gone.
func (i *Instance) unlessEnding(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if i.ending() {
			answer(w, http.StatusServiceUnavailable, failure{errEnding.Error()})
			return
		}
		h(w, r)
	}
}

// ending reports whether the end was asked for, or has begun.
func (i *Instance) ending() bool {
	select {
	case <-i.quit:
		return true
	case <-i.stop:
		return true
	default:
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.gone
}

func (i *Instance) set(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c change
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&c); err != nil {
			answer(w, http.StatusBadRequest, failure{"the body must be {\"name\": …}: " + err.Error()})
			return
		}
		switch err := setEnabled(i.Store, c.Name, on); {
		case errors.As(err, new(*UnknownProfileError)):
			answer(w, http.StatusNotFound, failure{err.Error()})
		case err != nil:
			answer(w, http.StatusInternalServerError, failure{err.Error()})
		default:
			if on {
				i.AutoOff.Keep(c.Name) // where it was on before
			}
			i.log.Info("profile switched", "profile", c.Name, "enabled", on)
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// queried answers what do returns for the query in the body.
func queried(do func(CookieQuery) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q CookieQuery
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil {
			answer(w, http.StatusBadRequest, failure{"the body must say which cookies: " + err.Error()})
			return
		}
		switch result, err := do(q); {
		case errors.As(err, new(*UnknownProfileError)):
			answer(w, http.StatusNotFound, failure{err.Error()})
		case err != nil:
			answer(w, http.StatusInternalServerError, failure{err.Error()})
		default:
			answer(w, http.StatusOK, result)
		}
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here is the asker's leaving, who then needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}

// Status describes the instance. Safe for concurrent use.
func (i *Instance) Status() Status {
	http, https := proxy.EnvironmentProxies(os.Getenv)
	list := describe(i.Store.Items())
	for n, p := range list {
		if at, ok := i.AutoOff.Due(p.Name); ok && p.Enabled {
			list[n].OffAt = &at
		}
	}
	return Status{
		PID:     os.Getpid(),
		Proxy:   i.Addr(),
		PAC:     i.PACURL(),
		CA:      i.CertPath(),
		Roots:   i.Roots(),
		Windows: i.windows,

		HTTPProxy: http, HTTPSProxy: https,
		Profiles: list,
	}
}

// OnRaise sets what to do when another start asks for this instance's window.
// It is called from a goroutine of the instance; a request that came before is
// made up for at once. Only an instance with Options.Windows is asked. nil says that
// the windows are gone for good: who starts then waits for the end of this instance.
func (i *Instance) OnRaise(show func()) {
	i.mu.Lock()
	i.show, i.gone = show, show == nil
	asked := i.asked
	i.asked = false
	i.mu.Unlock()
	if asked && show != nil {
		show()
	}
}

// raise shows the window, or notes that it was asked for where there is none
// yet. It reports false if there never will be one.
func (i *Instance) raise() bool {
	if !i.windows {
		return false
	}
	i.mu.Lock()
	show := i.show
	i.asked = show == nil
	i.mu.Unlock()
	if show != nil {
		show()
	}
	return true
}

// newControlSocket returns what keeps p, which is to be released last of all: that
// is the sign for others that the instance is gone.
func (i *Instance) newControlSocket(p *primary, where func() string) *controlSocket {
	return &controlSocket{
		dir: where, held: p, log: i.log, check: socketCheck,
		server: &http.Server{
			Handler: i.control(), ReadHeaderTimeout: clientTimeout,
			ErrorLog: slog.NewLogLogger(i.log.Handler(), slog.LevelDebug),
		},
	}
}
