package sysproxy

import (
	"fmt"

	"golang.org/x/sys/windows/registry"
)

// policies is where a policy says that the proxy setting is the machine's and
// not the user's.
const policies = `SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`

// findDesktop returns the desktop that a journal names, or for "" the one that
// is here.
func findDesktop(id string) (desktop, error) {
	w := wininet{query: queryConnection, set: setConnection, refresh: refreshConnection}
	switch id {
	case w.id():
		return w, nil
	case "":
		if key, err := registry.OpenKey(registry.LOCAL_MACHINE, policies, registry.QUERY_VALUE); err == nil {
			defer key.Close()
			if perUser, _, err := key.GetIntegerValue("ProxySettingsPerUser"); err == nil && perUser == 0 {
				return nil, &UnsupportedError{"a policy of this machine's sets the proxy for all users, so yours is not used: start a browser with 'corsage browser', or give programs 'corsage env'"}
			}
		}
		return w, nil
	}
	return nil, fmt.Errorf("there is no proxy setting of %q on this system", id)
}
