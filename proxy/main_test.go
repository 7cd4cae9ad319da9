package proxy_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain holds every test to it: a closed Server leaves no goroutine behind.
func TestMain(m *testing.M) {
	for _, name := range []string{"http_proxy", "https_proxy", "all_proxy", "no_proxy"} { // of whoever runs the tests
		_ = os.Unsetenv(name)
		_ = os.Unsetenv(strings.ToUpper(name))
	}
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	// Half a second that net/http gives a client to take what was sent last.
	lingering := goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait")
	if err := goleak.Find(lingering); err != nil && code == 0 {
		println(err.Error())
		code = 1
	}
	os.Exit(code)
}
