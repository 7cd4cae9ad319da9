package environ

import (
	"strings"
	"testing"
)

func TestNoProxy(t *testing.T) {
	for _, c := range []struct {
		name, former, backends string // backends are separated by spaces
		want                   string
		note                   string // part of the notes; "" for none
	}{
		{"nothing here", "", "https://dev.example.com", "localhost,127.0.0.1,::1", ""},
		{"a backend on localhost", "", "http://localhost:8000", "127.0.0.1,::1", "localhost is asked through Corsage"},
		{"under localhost", "", "http://*.localhost:*", "127.0.0.1,::1", "localhost is asked through Corsage"},
		{"on all names of this machine", "", "http://localhost:1 http://127.0.0.1:2 http://[::1]:3", "", "localhost, 127.0.0.1 and ::1 is asked"},
		{"a company's exceptions stay", "localhost,127.0.0.1,.corp.example,10.0.0.0/8", "https://dev.example.com",
			"localhost,127.0.0.1,::1,.corp.example,10.0.0.0/8", ""},
		{"spaces", "a.example b.example, c.example", "", "localhost,127.0.0.1,::1,a.example,b.example,c.example", ""},
		{"but not those of a backend", "other.example,.corp.example", "https://dev.corp.example",
			"localhost,127.0.0.1,::1,other.example", "NO_PROXY said to ask .corp.example directly"},
		{"the backend's own name", "dev.example.com", "https://dev.example.com", "localhost,127.0.0.1,::1", "dev.example.com"},
		{"without a dot it is for names below as well", "example.com", "https://dev.example.com", "localhost,127.0.0.1,::1", "example.com"},
		{"with a star", "*.example.com", "https://dev.example.com", "localhost,127.0.0.1,::1", "*.example.com"},
		{"with a port", "dev.example.com:8443", "https://dev.example.com:*", "localhost,127.0.0.1,::1", "dev.example.com:8443"},
		{"capitals", "DEV.Example.COM", "https://dev.example.com", "localhost,127.0.0.1,::1", "DEV.Example.COM"},
		{"one of a wildcard's", "a.example.com", "https://*.example.com", "localhost,127.0.0.1,::1", "a.example.com"},
		{"all of a wildcard's", "example.com", "https://*.example.com", "localhost,127.0.0.1,::1", "example.com"},
		{"no name below", "xample.com,dev.example.com.evil", "https://dev.example.com", "localhost,127.0.0.1,::1,xample.com,dev.example.com.evil", ""},
		{"a network", "10.0.0.0/8,192.168.0.0/16", "http://10.1.2.3:8000", "localhost,127.0.0.1,::1,192.168.0.0/16", "10.0.0.0/8"},
		{"IPv6", "[fd00::1],fd00::2,fd00::/64", "http://[fd00::1]", "localhost,127.0.0.1,::1,fd00::2", "[fd00::1] and fd00::/64"},
		{"everything", "*", "https://dev.example.com", "localhost,127.0.0.1,::1", "* directly"},
		{"a backend that can't be read", "", "dev.example.com", "localhost,127.0.0.1,::1", ""},
	} {
		got, notes := noProxy(c.former, strings.Fields(c.backends))
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if said := strings.Join(notes, "\n"); !strings.Contains(said, c.note) || c.note == "" && said != "" {
			t.Errorf("%s: it says %q, want %q", c.name, said, c.note)
		}
	}
}

func FuzzNoProxy(f *testing.F) {
	f.Add("localhost, .corp.example", "https://dev.corp.example")
	f.Add("[::1]:80,*,:,*.", "http://*.localhost:*")
	f.Fuzz(func(t *testing.T, former, backend string) {
		value, _ := noProxy(former, []string{backend})
		again, _ := noProxy(value, []string{backend})
		if again != value {
			t.Errorf("%q for %q became %q, and that %q", former, backend, value, again)
		}
	})
}
