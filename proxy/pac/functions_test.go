package pac

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"
)

// testWorld is a machine with two addresses and a small DNS, on a Wednesday.
func testWorld() world {
	return world{
		now: func() time.Time { return time.Date(2026, time.November, 25, 21, 30, 15, 0, time.FixedZone("", 3*3600)) }, // 18:30 GMT
		lookup: func(_ context.Context, name string) []net.IP {
			return map[string][]net.IP{
				"a.test":    {net.ParseIP("10.1.2.3")},
				"both.test": {net.ParseIP("2001:db8::7"), net.ParseIP("192.168.7.7")},
				"six.test":  {net.ParseIP("2001:db8::7")},
			}[name]
		},
		own: func() []net.IP { return []net.IP{net.ParseIP("10.9.8.7"), net.ParseIP("2001:db8::99")} },
	}
}

// The functions that PAC files call, as Netscape's specification and the
// browsers have them.
func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		call string
		want any
	}{
		{`isPlainHostName("www")`, true},
		{`isPlainHostName("www.corp.test")`, false},
		{`isPlainHostName("::1")`, false},
		{`dnsDomainIs("www.corp.test", ".corp.test")`, true},
		{`dnsDomainIs("WWW.corp.test", ".CORP.test")`, true},
		{`dnsDomainIs("www", ".corp.test")`, false},
		{`localHostOrDomainIs("www.corp.test", "www.corp.test")`, true},
		{`localHostOrDomainIs("www", "www.corp.test")`, true},
		{`localHostOrDomainIs("www.other.test", "www.corp.test")`, false},
		{`localHostOrDomainIs("ww", "www.corp.test")`, false},
		{`dnsDomainLevels("www")`, int64(0)},
		{`dnsDomainLevels("www.corp.test")`, int64(2)},
		{`shExpMatch("http://home.test/people/ari/index.html", "*/ari/*")`, true},
		{`shExpMatch("http://home.test/people/montulli/index.html", "*/ari/*")`, false},
		{`shExpMatch("www.corp.test", "*.corp.test")`, true},
		{`shExpMatch("corp.test", "*.corp.test")`, false},
		{`shExpMatch("a.b", "a?b")`, true},
		{`shExpMatch("a(b", "a(b")`, true},
		{`isResolvable("a.test")`, true},
		{`isResolvable("gone.test")`, false},
		{`isResolvable("six.test")`, false},
		{`isResolvableEx("six.test")`, true},
		{`dnsResolve("a.test")`, "10.1.2.3"},
		{`dnsResolve("both.test")`, "192.168.7.7"},
		{`dnsResolve("gone.test") === null`, true},
		{`dnsResolve("10.0.0.1")`, "10.0.0.1"},
		{`dnsResolveEx("both.test")`, "2001:db8::7;192.168.7.7"},
		{`dnsResolveEx("gone.test")`, ""},
		{`myIpAddress()`, "10.9.8.7"},
		{`myIpAddressEx()`, "10.9.8.7;2001:db8::99"},
		{`isInNet("a.test", "10.0.0.0", "255.0.0.0")`, true},
		{`isInNet("10.1.2.3", "10.1.2.4", "255.255.255.255")`, false},
		{`isInNet("192.168.1.9", "192.168.1.1", "255.255.255.0")`, true},
		{`isInNet("gone.test", "0.0.0.0", "0.0.0.0")`, false},
		{`isInNet("a.test", "nonsense", "255.0.0.0")`, false},
		{`isInNetEx("2001:db8::7", "2001:db8::/32")`, true},
		{`isInNetEx("10.1.2.3", "2001:db8::/32")`, false},
		{`sortIpAddressList("10.2.3.9;2001:4898:28:3::1;fe80::5;10.1.1.1")`, "2001:4898:28:3::1;fe80::5;10.1.1.1;10.2.3.9"},
		{`sortIpAddressList("10.2.3.9;x")`, ""},
		{`typeof alert("x")`, "undefined"},
		{`getClientVersion()`, "1.0"},

		{`weekdayRange("WED")`, true},
		{`weekdayRange("MON", "FRI")`, true},
		{`weekdayRange("FRI", "MON")`, false},
		{`weekdayRange("SAT", "WED")`, true},
		{`weekdayRange("MON", "WED", "GMT")`, true},
		{`weekdayRange("NOW")`, false},
		{`weekdayRange()`, false},
		{`timeRange(21)`, true},
		{`timeRange(18)`, false},
		{`timeRange(18, "GMT")`, true},
		{`timeRange(9, 17)`, false},
		{`timeRange(9, 21)`, true},
		{`timeRange(22, 6)`, false},
		{`timeRange(20, 6)`, true},
		{`timeRange(8, 30, 21, 30)`, true},
		{`timeRange(8, 30, 21, 29)`, false},
		{`timeRange(0, 0, 0, 21, 30, 14)`, false},
		{`timeRange(0, 0, 0, 21, 30, 15)`, true},
		{`timeRange("x", 3)`, false},
		{`dateRange(25)`, true},
		{`dateRange(1, 24)`, false},
		{`dateRange(20, 30)`, true},
		{`dateRange("NOV")`, true},
		{`dateRange("OCT", "JAN")`, true},
		{`dateRange("JAN", "MAR")`, false},
		{`dateRange(2026)`, true},
		{`dateRange(2020, 2025)`, false},
		{`dateRange(25, "NOV")`, true},
		{`dateRange(24, "NOV")`, false},
		{`dateRange(1, "JUN", 15, "AUG")`, false},
		{`dateRange(1, "JUN", 25, "NOV")`, true},
		{`dateRange("OCT", 2026, "MAR", 2027)`, true},
		{`dateRange(24, "DEC", 2025, 26, "NOV", 2026)`, true},
		{`dateRange(26, "NOV", 2026, 24, "DEC", 2026)`, false},
		{`dateRange(25, "NOV", 2026, "GMT")`, true},
		{`dateRange(25, 25, 25)`, false},
		{`dateRange()`, false},
	} {
		t.Run(c.call, func(t *testing.T) {
			l := load(t, []byte(`function FindProxyForURL() {}`))
			v, err := l.vm.RunString(c.call)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.Export(); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
