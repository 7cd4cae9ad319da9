package pac

import (
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// world is what a PAC file can learn of the machine. Tests have their own.
type world struct {
	now    func() time.Time
	lookup func(ctx context.Context, name string) []net.IP // nil if there are none
	own    func() []net.IP                                 // the machine's addresses, the best first
}

func realWorld() world {
	return world{
		now: time.Now,
		lookup: func(ctx context.Context, name string) []net.IP {
			list, _ := net.DefaultResolver.LookupIP(ctx, "ip", name)
			return list
		},
		own: ownAddresses,
	}
}

// ownAddresses asks the routing table by which address the net would be
// reached; nothing is sent.
func ownAddresses() []net.IP {
	var list []net.IP
	for _, far := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} {
		if c, err := net.Dial("udp", far); err == nil {
			list = append(list, c.LocalAddr().(*net.UDPAddr).IP)
			_ = c.Close()
		}
	}
	if name, err := os.Hostname(); len(list) == 0 && err == nil {
		list, _ = net.LookupIP(name)
	}
	return list
}

// define makes the functions that PAC files call, those of Netscape's
// specification and Microsoft's for IPv6, in the engine. What can't be looked up
// is null or false.
func (e *engine) define() error {
	text := func(c goja.FunctionCall, n int) string { return c.Argument(n).String() }
	functions := map[string]func(goja.FunctionCall) any{
		"isPlainHostName": func(c goja.FunctionCall) any { return !strings.ContainsAny(text(c, 0), ".:") },
		"dnsDomainIs": func(c goja.FunctionCall) any {
			return strings.HasSuffix(strings.ToLower(text(c, 0)), strings.ToLower(text(c, 1)))
		},
		"localHostOrDomainIs": func(c goja.FunctionCall) any {
			return text(c, 0) == text(c, 1) || strings.HasPrefix(text(c, 1), text(c, 0)+".")
		},
		"dnsDomainLevels": func(c goja.FunctionCall) any { return strings.Count(text(c, 0), ".") },
		"shExpMatch":      func(c goja.FunctionCall) any { return shellMatch(text(c, 1), text(c, 0)) },
		"isResolvable":    func(c goja.FunctionCall) any { return first4(e.resolve(text(c, 0))) != nil },
		"isResolvableEx":  func(c goja.FunctionCall) any { return len(e.resolve(text(c, 0))) > 0 },
		"dnsResolve":      func(c goja.FunctionCall) any { return orNull(first4(e.resolve(text(c, 0)))) },
		"dnsResolveEx":    func(c goja.FunctionCall) any { return joined(e.resolve(text(c, 0))) },
		"myIpAddress": func(goja.FunctionCall) any {
			if ip := first4(e.own()); ip != nil {
				return ip.String()
			}
			return "127.0.0.1"
		},
		"myIpAddressEx": func(goja.FunctionCall) any { return joined(e.own()) },
		"isInNet": func(c goja.FunctionCall) any {
			return inNet(first4(e.resolve(text(c, 0))), text(c, 1), text(c, 2))
		},
		"isInNetEx":         func(c goja.FunctionCall) any { return inPrefix(text(c, 0), text(c, 1)) },
		"sortIpAddressList": func(c goja.FunctionCall) any { return sorted(text(c, 0)) },
		"getClientVersion":  func(goja.FunctionCall) any { return "1.0" },
		"alert":             func(goja.FunctionCall) any { return goja.Undefined() },
		"weekdayRange":      func(c goja.FunctionCall) any { return weekdayRange(e.now(), texts(c)) },
		"dateRange":         func(c goja.FunctionCall) any { return dateRange(e.now(), texts(c)) },
		"timeRange":         func(c goja.FunctionCall) any { return timeRange(e.now(), texts(c)) },
	}
	for name, f := range functions {
		if err := e.vm.Set(name, func(c goja.FunctionCall) goja.Value { return e.vm.ToValue(f(c)) }); err != nil {
			return err
		}
	}
	return nil
}

func texts(c goja.FunctionCall) []string {
	var list []string
	for _, a := range c.Arguments {
		list = append(list, a.String())
	}
	return list
}

// resolve returns the addresses of a name, or the address that it is. A name is
// looked up once an evaluation.
func (e *engine) resolve(name string) []net.IP {
	if ip := net.ParseIP(strings.Trim(name, "[]")); ip != nil {
		return []net.IP{ip}
	}
	list, ok := e.seen[name]
	if !ok && e.ctx.Err() == nil {
		list = e.lookup(e.ctx, name)
		e.seen[name] = list
	}
	return list
}

func first4(list []net.IP) net.IP {
	i := slices.IndexFunc(list, func(ip net.IP) bool { return ip.To4() != nil })
	if i < 0 {
		return nil
	}
	return list[i].To4()
}

func orNull(ip net.IP) any {
	if ip == nil {
		return goja.Null()
	}
	return ip.String()
}

func joined(list []net.IP) string {
	var s []string
	for _, ip := range list {
		s = append(s, ip.String())
	}
	return strings.Join(s, ";")
}

// inNet is isInNet: ip lies in the network of pattern, of which the mask's bits
// count.
func inNet(ip net.IP, pattern, mask string) bool {
	p, m := net.ParseIP(pattern).To4(), net.ParseIP(mask).To4()
	return ip != nil && p != nil && m != nil && ip.Mask(net.IPMask(m)).Equal(p.Mask(net.IPMask(m)))
}

func inPrefix(address, prefix string) bool {
	a, err := netip.ParseAddr(address)
	p, err2 := netip.ParsePrefix(prefix)
	return err == nil && err2 == nil && p.Contains(a)
}

// sorted puts IPv6 addresses before IPv4 ones; "" if there is none, or one isn't.
func sorted(list string) string {
	var all []netip.Addr
	for s := range strings.SplitSeq(list, ";") {
		a, err := netip.ParseAddr(strings.TrimSpace(s))
		if err != nil {
			return ""
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b netip.Addr) int {
		if a.Is4() != b.Is4() {
			if a.Is4() {
				return 1
			}
			return -1
		}
		return a.Compare(b)
	})
	var s []string
	for _, a := range all {
		s = append(s, a.String())
	}
	return strings.Join(s, ";")
}

// shellMatch reports whether all of s is matched by a pattern in which "*" stands
// for anything and "?" for one character, in time that grows with their product.
func shellMatch(pattern, s string) bool {
	p, t := []rune(pattern), []rune(s)
	star, again := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, again = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			again++
			i, j = star+1, again
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

var (
	weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	months   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
)

// zone takes "GMT" from the end of a range's arguments.
func zone(now time.Time, args []string) (time.Time, []string) {
	if n := len(args); n > 0 && strings.EqualFold(args[n-1], "GMT") {
		return now.UTC(), args[:n-1]
	}
	return now, args
}

// between reports whether x lies from lo to hi, ends included, or not between
// them where hi comes before lo, as from 22 to 6 o'clock.
func between(lo, x, hi []int) bool {
	if slices.Compare(lo, hi) <= 0 {
		return slices.Compare(lo, x) <= 0 && slices.Compare(x, hi) <= 0
	}
	return slices.Compare(lo, x) <= 0 || slices.Compare(x, hi) <= 0
}

// weekdayRange is (day) or (day, day), each such as MON.
func weekdayRange(now time.Time, args []string) bool {
	now, args = zone(now, args)
	var days []int
	for _, a := range args {
		days = append(days, slices.Index(weekdays, strings.ToUpper(a)))
	}
	if len(days) == 0 || len(days) > 2 || slices.Contains(days, -1) {
		return false
	}
	return between(days[:1], []int{int(now.Weekday())}, days[len(days)-1:])
}

// timeRange is (hour), (hour, hour), (h, m, h, m) or (h, m, s, h, m, s).
func timeRange(now time.Time, args []string) bool {
	now, args = zone(now, args)
	var n []int
	for _, a := range args {
		i, err := strconv.Atoi(a)
		if err != nil {
			return false
		}
		n = append(n, i)
	}
	x := []int{now.Hour(), now.Minute(), now.Second()}
	switch len(n) {
	case 1:
		return n[0] == x[0]
	case 2, 4, 6:
		return between(n[:len(n)/2], x[:len(n)/2], n[len(n)/2:])
	}
	return false
}

// dateRange is a day of the month, a month such as JAN, a year, or two or three
// of them, in any order that has each once; or the first and the last of a range,
// of the same kinds.
func dateRange(now time.Time, args []string) bool {
	now, args = zone(now, args)
	var kinds string
	var n []int
	for _, a := range args {
		month := slices.Index(months, strings.ToUpper(a))
		i, err := strconv.Atoi(a)
		switch {
		case month >= 0:
			kinds, n = kinds+"m", append(n, month+1)
		case err != nil || i < 1:
			return false
		case i <= 31:
			kinds, n = kinds+"d", append(n, i)
		default:
			kinds, n = kinds+"y", append(n, i)
		}
	}
	half := len(n) / 2
	if half == 0 || kinds[:half] != kinds[half:] { // one date
		kinds, n, half = kinds+kinds, append(n, n...), len(n)
	}
	if half == 0 || half > 3 {
		return false
	}
	var lo, x, hi []int
	for _, kind := range "ymd" { // in the order in which dates are compared
		i := strings.IndexRune(kinds[:half], kind)
		if i < 0 {
			continue
		}
		lo, hi = append(lo, n[i]), append(hi, n[half+i])
		x = append(x, map[rune]int{'y': now.Year(), 'm': int(now.Month()), 'd': now.Day()}[kind])
	}
	return len(lo) == half && between(lo, x, hi)
}
