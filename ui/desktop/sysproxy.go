//go:build !headless

package desktop

import (
	"context"
	"strings"

	"corsage/ui"
	"corsage/ui/instance"
)

// systemProxy is the switch of the system's proxy setting, for the windows.
func systemProxy(i *instance.Instance) *ui.SystemProxy {
	return &ui.SystemProxy{
		State: func(ctx context.Context) ui.SystemProxyState { return describeSystem(i.SystemProxy(ctx)) },
		Set: func(ctx context.Context, on, fixed bool) error {
			if _, err := i.SetSystemProxy(ctx, on, fixed); err != nil || !on {
				return err
			}
			return i.Settings.Update(func(s *instance.Settings) {
				s.SystemProxy = instance.SystemProxyPAC
				if fixed {
					s.SystemProxy = instance.SystemProxyFixed
				}
			})
		},
		Subscribe: i.SubscribeSystemProxy,
	}
}

func describeSystem(s instance.SystemProxy, err error) ui.SystemProxyState {
	switch {
	case err != nil:
		return ui.SystemProxyState{Desktop: s.Desktop, Note: err.Error()}
	case s.Unsupported != "":
		return ui.SystemProxyState{Note: s.Unsupported}
	}
	state := ui.SystemProxyState{Desktop: s.Desktop, On: s.On, Fixed: s.Fixed}
	if s.On {
		state.Before = s.Previous.String()
	}
	if len(s.Changed) > 0 {
		var parts []string
		for _, left := range s.Changed {
			parts = append(parts, left.String())
		}
		state.Note = "Somebody else has changed a part of it, which stays as it is. " + strings.Join(parts, ". ")
	}
	return state
}
