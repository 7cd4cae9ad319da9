package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// compile makes a word's condition.
func (w word) compile() (func(*Exchange) bool, error) {
	switch {
	case w.regexp:
		re, err := regexp.Compile(regexpFlags + w.value)
		if err != nil {
			return nil, &Error{Column: w.at + 1, Message: "this is no regular expression: " + reason(err)}
		}
		return func(x *Exchange) bool { return re.MatchString(x.text) }, nil
	case w.key == "":
		text := strings.ToLower(w.value)
		return func(x *Exchange) bool { return strings.Contains(x.text, text) }, nil
	}
	k, ok := find(w.key)
	if !ok {
		e := &Error{Column: w.at - len(w.key) - 1, Message: fmt.Sprintf("there is no key %q", w.key)}
		if other := near(w.key); other != "" {
			e.Message += fmt.Sprintf("; did you mean %q?", other)
		} else {
			e.Message += "; put quotes around the text if it is one"
		}
		return nil, e
	}
	var any []func(*Exchange) bool
	for _, v := range w.values() {
		if v.text == "" {
			return nil, &Error{v.column, k.Name + ": needs a value, such as " + k.Name + ":" + k.Value, k.Values}
		}
		holds, err := k.compile(k, v)
		if err != nil {
			return nil, err
		}
		any = append(any, holds)
	}
	return func(x *Exchange) bool {
		return slices.ContainsFunc(any, func(holds func(*Exchange) bool) bool { return holds(x) })
	}, nil
}

// regexpFlags are put before each regular expression.
const regexpFlags = "(?im)"

// reason is what is wrong with a regular expression, as it was written.
func reason(err error) string {
	return strings.Replace(strings.TrimPrefix(err.Error(), "error parsing regexp: "), "`"+regexpFlags, "`", 1)
}

// values are the word's value, or several where there are commas.
func (w word) values() (list []value) {
	if w.quoted || w.key == "url" { // which has commas of its own
		return []value{{w.value, w.quoted, w.at}}
	}
	column := w.at
	for part := range strings.SplitSeq(w.value, ",") {
		list = append(list, value{part, false, column})
		column += len([]rune(part)) + 1
	}
	return list
}

// texts makes the condition that one of the texts is what the value says.
func texts(of func(*Exchange) []string) func(*Key, value) (func(*Exchange) bool, error) {
	return func(_ *Key, v value) (func(*Exchange) bool, error) {
		fits := pattern(v)
		return func(x *Exchange) bool { return slices.ContainsFunc(of(x), fits) }, nil
	}
}

// pattern tells whether a text is what the value says: holds it, or is it, if the
// value was quoted or has a *.
func pattern(v value) func(string) bool {
	want := strings.ToLower(v.text)
	switch {
	case v.whole:
		return func(s string) bool { return strings.ToLower(s) == want }
	case strings.Contains(want, "*"):
		parts := strings.Split(want, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		re := regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$")
		return func(s string) bool { return re.MatchString(strings.ToLower(s)) }
	}
	return func(s string) bool { return strings.Contains(strings.ToLower(s), want) }
}

// enum makes the condition that what of returns is one of the key's values.
func enum(of func(*Exchange) string) func(*Key, value) (func(*Exchange) bool, error) {
	return func(k *Key, v value) (func(*Exchange) bool, error) {
		want := strings.ToLower(v.text)
		if err := k.allows(v); err != nil {
			return nil, err
		}
		return func(x *Exchange) bool { return of(x) == want }, nil
	}
}

// allows fails if the value is none of the key's.
func (k *Key) allows(v value) error {
	if slices.Contains(k.Values, strings.ToLower(v.text)) {
		return nil
	}
	return &Error{v.column, fmt.Sprintf("%s: knows no %q", k.Name, v.text), k.Values}
}

func condition(k *Key, v value) (func(*Exchange) bool, error) {
	if err := k.allows(v); err != nil {
		return nil, err
	}
	return conditions[strings.ToLower(v.text)], nil
}

func verdictIs(k *Key, v value) (func(*Exchange) bool, error) {
	if err := k.allows(v); err != nil {
		return nil, err
	}
	kind := kinds[strings.ToLower(v.text)]
	return func(x *Exchange) bool { return x.Sign.Kind == kind }, nil
}

// method compares from the beginning, so that it narrows down while it is typed.
func method(_ *Key, v value) (func(*Exchange) bool, error) {
	want := strings.ToUpper(v.text)
	if v.whole {
		return func(x *Exchange) bool { return strings.ToUpper(x.Method) == want }, nil
	}
	return func(x *Exchange) bool { return strings.HasPrefix(strings.ToUpper(x.Method), want) }, nil
}

var (
	oneStatus   = regexp.MustCompile(`^[1-9]\d\d$`)
	statusClass = regexp.MustCompile(`^[1-9][xX]{2}$`)
	statusRange = regexp.MustCompile(`^([1-9]\d\d)-([1-9]\d\d)$`)
)

func statusCode(_ *Key, v value) (func(*Exchange) bool, error) {
	low, high := 0, 0
	switch m := statusRange.FindStringSubmatch(v.text); {
	case m != nil:
		low, high = number(m[1]), number(m[2])
	case oneStatus.MatchString(v.text):
		low = number(v.text)
		high = low
	case statusClass.MatchString(v.text):
		low = number(v.text[:1]) * 100
		high = low + 99
	default:
		return nil, &Error{v.column, fmt.Sprintf("%q is no status", v.text), []string{"a number such as 404", "4xx", "400-499"}}
	}
	if low > high {
		return nil, &Error{v.column, fmt.Sprintf("the range %s has its ends the wrong way round", v.text), nil}
	}
	return func(x *Exchange) bool { return low <= x.Status && x.Status <= high }, nil
}

// number is that of digits, few enough.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

func largerThan(_ *Key, v value) (func(*Exchange) bool, error) {
	n, err := humanize.ParseBytes(v.text)
	if err != nil || n > 1<<62 {
		return nil, &Error{v.column, fmt.Sprintf("%q is no size", v.text), []string{"a number of bytes", "10k", "1.5M"}}
	}
	return func(x *Exchange) bool { return x.Response.Size > int64(n) }, nil
}

func slowerThan(_ *Key, v value) (func(*Exchange) bool, error) {
	text := v.text
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "ms"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return nil, &Error{v.column, fmt.Sprintf("%q is no time", v.text), []string{"500ms", "2s", "1m30s"}}
	}
	return func(x *Exchange) bool { return x.Duration > d }, nil
}
