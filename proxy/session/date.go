package session

import (
	"strconv"
	"strings"
	"time"
)

// parseDate reads a cookie-date as browsers do, whatever its format (RFC
// 6265bis, section 5.1.1 "Dates"): tokens in any order, the first that looks
// like a time, a day, a month and a year counts.
func parseDate(s string) (time.Time, bool) {
	var (
		clock, day, year = [3]int{}, 0, -1
		month            time.Month
		timed            bool
	)
	for _, token := range strings.FieldsFunc(s, dateDelimiter) {
		if !timed {
			if c, ok := parseClock(token); ok {
				clock, timed = c, true
				continue
			}
		}
		if day == 0 {
			if n, ok := leadingInt(token, 1, 2); ok {
				if day = n; day == 0 {
					return time.Time{}, false
				}
				continue
			}
		}
		if month == 0 {
			if m, ok := parseMonth(token); ok {
				month = m
				continue
			}
		}
		if year < 0 {
			if n, ok := leadingInt(token, 2, 4); ok {
				year = n
			}
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !timed || day == 0 || month == 0 || year < 1601 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // 31 February is no date
}

func dateDelimiter(r rune) bool {
	return r == '\t' || r >= 0x20 && r <= 0x2f || r >= 0x3b && r <= 0x40 || r >= 0x5b && r <= 0x60 || r >= 0x7b && r <= 0x7e
}

// parseClock reads h:m:s; what follows and does not begin with a digit is ignored.
func parseClock(token string) (clock [3]int, ok bool) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) != 3 {
		return clock, false
	}
	for i, p := range parts {
		n, ok := leadingInt(p, 1, 2)
		if !ok || i < 2 && strings.Trim(p, "0123456789") != "" {
			return clock, false
		}
		clock[i] = n
	}
	return clock, true
}

func parseMonth(token string) (time.Month, bool) {
	if len(token) < 3 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(token[:3], m.String()[:3]) {
			return m, true
		}
	}
	return 0, false
}

// leadingInt reads the digits that token begins with, if they are least to most.
func leadingInt(token string, least, most int) (int, bool) {
	n := 0
	for n < len(token) && token[n] >= '0' && token[n] <= '9' {
		n++
	}
	if n < least || n > most {
		return 0, false
	}
	i, err := strconv.Atoi(token[:n])
	return i, err == nil
}
