package session

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"time"
)

// past remembers which values a jar's cookies have had: those that the backend
// replaced or ended, and those that came to their end. A browser that refused
// the newer value, or the end, goes on sending the old one with the backend's own
// pages, and it must not be learned again. The zero past is empty.
type past struct {
	seed   maphash.Seed
	values map[former][]fingerprint
}

// former is the name of a cookie, and where it went to.
type former struct{ domain, name string }

// fingerprint stands for a value, which is a secret, and need not be kept.
type fingerprint struct {
	sum   uint64
	until time.Time // when it may be learned again; zero for never
}

// The bounds of a past. The oldest value of a name makes room, and any name.
const (
	maxFormer = 16  // values of a name
	maxNames  = 200 // of a jar
)

// graceTime is how long a browser may go on sending a cookie that has come to its
// end here: it counts from when the answer reached it. Sent after that, the
// cookie has been given a later end that this store did not see.
const graceTime = time.Minute

// add notes that c's value is no longer good.
func (p *past) add(c *Cookie, until time.Time) {
	if p.values == nil {
		p.seed, p.values = maphash.MakeSeed(), make(map[former][]fingerprint)
	}
	k := former{c.Domain, c.Name}
	if _, ok := p.values[k]; !ok && len(p.values) >= maxNames {
		for other := range p.values {
			delete(p.values, other)
			break
		}
	}
	sum := maphash.String(p.seed, c.Value)
	list := slices.DeleteFunc(p.values[k], func(f fingerprint) bool { return f.sum == sum })
	list = append(list, fingerprint{sum, until})
	p.values[k] = list[max(len(list)-maxFormer, 0):]
}

// has reports whether a cookie of that name that went to host had the value.
func (p *past) has(host, name, value string, now time.Time) bool {
	if len(p.values) == 0 {
		return false
	}
	sum := maphash.String(p.seed, value)
	for domain := range parents(host) {
		if slices.ContainsFunc(p.values[former{domain, name}], func(f fingerprint) bool {
			return f.sum == sum && (f.until.IsZero() || now.Before(f.until))
		}) {
			return true
		}
	}
	return false
}

// forget drops what is known of a cookie's former values, on its host, above
// and below.
func (p *past) forget(c *Cookie) {
	maps.DeleteFunc(p.values, func(k former, _ []fingerprint) bool {
		return k.name == c.Name && (k.domain == c.Domain || strings.HasSuffix(k.domain, "."+c.Domain) || strings.HasSuffix(c.Domain, "."+k.domain))
	})
}
