// Package filter is the language in which exchanges of the log are chosen, in the
// window's filter field and on the command line. Its words are those of the
// Network panel of Chromium's DevTools where these fit, and some more.
//
// An expression is a list of terms, divided by blanks, all of which must hold:
//
//	word             text that occurs in what the log shows of the exchange, or in its URL
//	"two words"      the same with blanks; \" and \\ stand for " and \
//	/regexp/         a regular expression (RE2) over the same, without blanks
//	key:value        see [Keys]; key:one,two is any of them
//	key:"value"      a value that is meant whole; with blanks, for instance
//	-term            what the term does not choose
//
// Letters' case is of no meaning. A value that is text is found anywhere in what
// it is compared with; one with a * is compared whole, and * stands for anything.
package filter

import (
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

// Exchange is what a Filter looks at: an exchange of the log, and what the browser
// makes of it as far as the caller knows. It must not be changed.
type Exchange struct {
	*record.Entry
	Sign verdict.Sign
	text string // what plain words are looked for in, in lower case
}

// NewExchange puts the two together.
func NewExchange(e *record.Entry, sign verdict.Sign) *Exchange {
	x := &Exchange{Entry: e, Sign: sign}
	// With lines between them, no word matches the end of one and the beginning of
	// the next.
	x.text = strings.ToLower(strings.Join([]string{
		e.Start.Format("15:04:05.000"), e.Method, statusText(e), e.URL, sign.Text, e.Type, e.Profile,
		strings.Join(e.Applied, ", "), e.Origin, e.Relation, e.Error,
	}, "\n"))
	return x
}

// Filter chooses exchanges. The zero Filter chooses all. It is immutable.
type Filter struct{ terms []term }

// term is one condition.
type term struct {
	not   bool
	holds func(*Exchange) bool
}

// Empty reports whether all exchanges are chosen.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Match reports whether x is chosen. It may be called from any goroutine.
func (f Filter) Match(x *Exchange) bool {
	for _, t := range f.terms {
		if t.holds(x) == t.not {
			return false
		}
	}
	return true
}

// Parse reads an expression. An error is an [*Error].
func Parse(text string) (Filter, error) {
	words, err := split(text)
	if err != nil {
		return Filter{}, err
	}
	var f Filter
	for _, w := range words {
		holds, err := w.compile()
		if err != nil {
			return Filter{}, err
		}
		f.terms = append(f.terms, term{w.not, holds})
	}
	return f, nil
}
