package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"corsage/proxy/pac"
	"corsage/proxy/sysproxy"
)

// systemPatience bounds what is done to the system's proxy setting at the start
// and at the end.
const systemPatience = 20 * time.Second

// SystemProxy is how the system's proxy setting stands.
type SystemProxy struct {
	sysproxy.State
	// Unsupported says why this system has no setting that could be changed, and
	// what to do instead; "" where it has one.
	Unsupported string `json:"unsupported,omitempty"`
}

// systemChange is the body of POST /system-proxy.
type systemChange struct {
	On bool `json:"on"`
	// Fixed is for On: all traffic, not the PAC file's hosts. Without it, what the
	// settings say.
	Fixed *bool `json:"fixed,omitempty"`
}

// systemChanged is the answer to it.
type systemChanged struct {
	SystemProxy
	// Report is what was put back.
	Report sysproxy.Report `json:"report"`
}

// SystemSwitch returns the switch of the system's proxy setting for who has no
// running instance.
func SystemSwitch(dirs Dirs) *sysproxy.Switch { return sysproxy.Open(dirs.Profiles.State) }

// openSystem makes the switch, and puts back what a corsage that was killed has
// left behind. It is closed before anything else is.
func (i *Instance) openSystem(ctx context.Context, o Options) {
	i.system = sysproxy.Open(o.Dirs.Profiles.State, o.Guard...)
	ctx, cancel := context.WithTimeout(ctx, systemPatience)
	defer cancel()
	report, err := i.system.Recover(ctx)
	switch inUse := new(sysproxy.InUseError); {
	case errors.As(err, &inUse):
		i.log.Info("another corsage looks after the system's proxy setting", "process", inUse.PID)
	case err != nil:
		i.log.Warn("the system's proxy setting may still be that of a corsage that was killed", "error", err)
	case !report.Nothing():
		logReport(i.log, report, "a corsage that was killed had changed the system's proxy setting: it was put back")
	}
	i.running.Go(i.followPAC)
}

// followPAC keeps the system's proxy setting at the present address of the PAC
// file, while it leads there.
func (i *Instance) followPAC() {
	changed, done := i.SubscribePAC()
	defer done()
	for {
		select {
		case <-i.stop:
			return
		case <-changed:
		}
		ctx, cancel := context.WithTimeout(context.Background(), systemPatience)
		if err := i.system.Update(ctx, i.systemWant(false)); err != nil {
			i.log.Warn("the system's proxy setting still has an earlier PAC file", "error", err)
		}
		cancel()
	}
}

// closeSystem puts the system's proxy setting back.
func (i *Instance) closeSystem() error {
	ctx, cancel := context.WithTimeout(context.Background(), systemPatience)
	defer cancel()
	report, err := i.system.Close(ctx)
	if errors.As(err, new(*sysproxy.InUseError)) {
		return nil // that one will
	}
	if err == nil && !report.Nothing() {
		logReport(i.log, report, "the system's proxy setting was put back")
	}
	return err
}

// logReport says what was put back, and what was not.
func logReport(log *slog.Logger, report sysproxy.Report, what string) {
	log.Info(what, "desktop", report.Desktop)
	for _, left := range report.Left {
		log.Warn("a part of it was left alone", "part", left.String())
	}
}

// SetSystemProxy makes the system's proxy setting lead to this instance, by its
// PAC file or, if fixed, for all traffic; or it puts back what was there before,
// and reports what it did. See [sysproxy.Switch]. While it leads here, what is not
// for this instance goes on as it did before, see [Instance.Chain].
func (i *Instance) SetSystemProxy(ctx context.Context, on, fixed bool) (sysproxy.Report, error) {
	if !on {
		report, err := i.system.Off(ctx)
		if err != nil {
			return report, err
		}
		if !report.Nothing() {
			logReport(i.log, report, "the system's proxy setting was put back")
		}
		i.unchain(ctx)
		return report, nil
	}
	state, err := i.system.State(ctx)
	if err != nil {
		return sysproxy.Report{}, err
	}
	before := state.Previous.Without(i.Addr())
	if other := otherCorsage(ctx, before); other != "" {
		return sysproxy.Report{}, fmt.Errorf("the system's proxy setting leads to another corsage, at %s, which keeps its state elsewhere: turn it off there, or end that one", other)
	}
	i.Chain(former(before))
	if err := i.system.On(ctx, i.systemWant(fixed)); err != nil {
		i.unchain(ctx)
		return sysproxy.Report{}, err
	}
	i.log.Info("the system's proxy setting leads to corsage", "fixed", fixed)
	return sysproxy.Report{}, nil
}

// otherPatience bounds the wait for a PAC file of this machine's.
const otherPatience = time.Second

// otherCorsage returns the address of a running Corsage that the setting leads to,
// "" where there is none.
func otherCorsage(ctx context.Context, p sysproxy.Previous) string {
	ctx, cancel := context.WithTimeout(ctx, otherPatience)
	defer cancel()
	for _, address := range []string{p.PAC, "http://" + p.HTTP + pac.Path} {
		if !pac.IsOwnURL(address) {
			continue
		}
		if text, err := pac.Fetch(ctx, address); err == nil && pac.IsOwn(text) {
			u, _ := url.Parse(address) // as IsOwnURL did
			return u.Host
		}
	}
	return ""
}

// systemEvery is how often the system's proxy setting is read, for what has
// changed in it.
const systemEvery = 5 * time.Minute

// FollowSystem has what leaves Corsage take the way that the system's proxy setting
// says, while it does not lead here too: from now on, as it changes, until Close.
func (i *Instance) FollowSystem() {
	i.follows.Store(true)
	changed, done := i.system.Subscribe()
	i.running.Go(func() {
		defer done()
		for {
			ctx, cancel := context.WithTimeout(context.Background(), systemPatience)
			i.unchain(ctx)
			cancel()
			select {
			case <-changed:
			case <-time.After(systemEvery):
			case <-i.stop:
				return
			}
		}
	})
}

// unchain makes the way out that of the system's setting without Corsage, where it
// is followed, else none but the direct one.
func (i *Instance) unchain(ctx context.Context) {
	if !i.follows.Load() {
		i.Chain(pac.Setting{})
		return
	}
	state, err := i.system.State(ctx)
	switch {
	case errors.As(err, new(*sysproxy.UnsupportedError)):
		i.Chain(pac.Setting{})
	case err != nil:
		i.log.Debug("the system's proxy setting can't be read", "error", err)
	default:
		i.Chain(former(state.Previous.Without(i.Addr())))
	}
}

func (i *Instance) systemWant(fixed bool) sysproxy.Want {
	if fixed {
		return sysproxy.Want{Fixed: true, Addr: i.Addr()}
	}
	return sysproxy.Want{PAC: i.SystemPACURL(), Addr: i.Addr()}
}

// former is what the system's proxy setting was before, for the PAC file.
func former(p sysproxy.Previous) pac.Setting {
	s := pac.Setting{HTTP: p.HTTP, HTTPS: p.HTTPS, SOCKS: p.SOCKS, Except: p.Except, Only: p.Only}
	if p.Detect {
		s.PAC = append(s.PAC, pac.AutoDetectURL)
	}
	if p.PAC != "" {
		s.PAC = append(s.PAC, p.PAC)
	}
	return s
}

// SystemProxy tells how the system's proxy setting stands.
func (i *Instance) SystemProxy(ctx context.Context) (SystemProxy, error) {
	return systemProxy(ctx, i.system)
}

// SubscribeSystemProxy returns a channel that holds a value whenever this instance
// may have changed the system's proxy setting, and what ends the subscription.
func (i *Instance) SubscribeSystemProxy() (wake <-chan struct{}, cancel func()) {
	return i.system.Subscribe()
}

// FindSystemProxy tells how the system's proxy setting stands, with or without a
// running instance.
func FindSystemProxy(ctx context.Context, dirs Dirs) (SystemProxy, error) {
	return systemProxy(ctx, SystemSwitch(dirs))
}

func systemProxy(ctx context.Context, s *sysproxy.Switch) (SystemProxy, error) {
	state, err := s.State(ctx)
	var none *sysproxy.UnsupportedError
	if errors.As(err, &none) {
		return SystemProxy{Unsupported: none.Why}, nil
	}
	return SystemProxy{State: state}, err
}

// changeSystem answers POST /system-proxy.
func (i *Instance) changeSystem(w http.ResponseWriter, r *http.Request) {
	var c systemChange
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&c); err != nil {
		answer(w, http.StatusBadRequest, failure{"the body must be {\"on\": …}: " + err.Error()})
		return
	}
	fixed := i.Settings.Get().SystemProxy == SystemProxyFixed
	if c.Fixed != nil {
		fixed = *c.Fixed
	}
	report, err := i.SetSystemProxy(r.Context(), c.On, fixed)
	var state SystemProxy
	if err == nil {
		state, err = i.SystemProxy(r.Context())
	}
	if err != nil {
		answer(w, http.StatusInternalServerError, failure{err.Error()})
		return
	}
	answer(w, http.StatusOK, systemChanged{SystemProxy: state, Report: report})
}

// SetSystemProxy has the running instance change the system's proxy setting, see
// [Instance.SetSystemProxy]; fixed is nil for what the settings say. One that
// answers is given the time that the system's commands take.
func (c *Client) SetSystemProxy(ctx context.Context, on bool, fixed *bool) (SystemProxy, sysproxy.Report, error) {
	if _, err := c.Status(ctx); err != nil {
		return SystemProxy{}, sysproxy.Report{}, err
	}
	var changed systemChanged
	_, err := newClient(c.dir, c.patience+systemPatience).do(ctx, http.MethodPost, "/system-proxy", systemChange{On: on, Fixed: fixed}, &changed)
	return changed.SystemProxy, changed.Report, err
}
