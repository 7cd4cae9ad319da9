package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"corsage/profiles"
	"corsage/proxy/browser"
	"corsage/proxy/session"
)

// cookieRow is one row of the held cookies: a cookie, or the heading of those
// that one profile holds for one browser.
type cookieRow struct {
	heading string // "" for a cookie
	count   int    // of a heading's cookies
	id      cookieID
	session.Cookie
}

// cookieID tells held cookies apart (RFC 6265bis, section 5.7).
type cookieID struct {
	profile, userAgent, domain, path, name string
	hostOnly                               bool
}

func idOf(profile, userAgent string, c *session.Cookie) cookieID {
	return cookieID{profile, userAgent, c.Domain, c.Path, c.Name, c.HostOnly}
}

// cookieRows are the rows for a profile, "" for all, by profile, browser, domain,
// path and name; and how many of them are cookies.
func cookieRows(items []profiles.Item, profile string) (rows []cookieRow, count int) {
	for _, item := range items {
		if item.Profile == nil || profile != "" && item.Profile.Name != profile {
			continue
		}
		name, held := item.Profile.Name, item.Session.All()
		var agents []string
		for agent := range held {
			agents = append(agents, agent)
		}
		slices.SortFunc(agents, func(a, b string) int {
			return cmp.Or(cmp.Compare(browser.Name(a), browser.Name(b)), cmp.Compare(a, b))
		})
		for _, agent := range agents {
			if len(held[agent]) == 0 {
				continue
			}
			heading := browser.Name(agent)
			if profile == "" {
				heading = name + "  ·  " + heading
			}
			rows = append(rows, cookieRow{heading: heading, count: len(held[agent]), id: cookieID{profile: name, userAgent: agent}})
			for _, c := range held[agent] {
				rows = append(rows, cookieRow{id: idOf(name, agent, &c), Cookie: c})
				count++
			}
		}
	}
	return rows, count
}

// cookieColumn is one column of the held cookies.
type cookieColumn struct {
	title, sample string
	share         float32
	text          func(c *session.Cookie, now time.Time) string
	color         fyne.ThemeColorName
}

var cookieColumns = [...]cookieColumn{
	{"Name", "csrftoken", 3, func(c *session.Cookie, _ time.Time) string { return c.Name }, theme.ColorNameForeground},
	{"Domain", "dev.example.com", 3, func(c *session.Cookie, _ time.Time) string { return cookieDomain(c) }, theme.ColorNameForeground},
	{"Path", "/api/", 2, func(c *session.Cookie, _ time.Time) string { return c.Path }, theme.ColorNamePlaceHolder},
	{"Ends", "in 59 minutes", 1, cookieEnd, theme.ColorNamePlaceHolder},
	{"Flags", "Secure, HttpOnly", 3, func(c *session.Cookie, _ time.Time) string { return cookieFlags(c) }, theme.ColorNamePlaceHolder},
	{"Learned", "set by the backend", 0, func(c *session.Cookie, _ time.Time) string { return cookieLearned(c) }, theme.ColorNamePlaceHolder},
}

// cookieDomain has a dot in front where all hosts below get the cookie too.
func cookieDomain(c *session.Cookie) string {
	if c.HostOnly {
		return c.Domain
	}
	return "." + c.Domain
}

func cookieEnd(c *session.Cookie, now time.Time) string {
	if c.Expires.IsZero() {
		return "no end"
	}
	return "in " + roughly(c.Expires.Sub(now))
}

// roughly is a duration for people, in one unit.
func roughly(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= 2*unit.length || d >= unit.length && unit.length == time.Minute {
			return quantity(int(d/unit.length), unit.name)
		}
	}
	return quantity(max(int(d/time.Second), 0), "second")
}

func cookieFlags(c *session.Cookie) string {
	var flags []string
	if c.Secure {
		flags = append(flags, "Secure")
	}
	if c.HTTPOnly {
		flags = append(flags, "HttpOnly")
	}
	if c.SameSite != "" {
		flags = append(flags, "SameSite="+c.SameSite)
	}
	return strings.Join(flags, ", ")
}

func cookieLearned(c *session.Cookie) string {
	if c.Sent {
		return "sent by its pages"
	}
	return "set by the backend"
}

// hiddenValue stands for a value that was not asked for, whatever its length.
const hiddenValue = "••••••••••••"

// heldCookieLines are a cookie's details.
func heldCookieLines(r *cookieRow, shown bool, now time.Time) []tableLine {
	c := &r.Cookie
	value := hiddenValue
	if shown {
		value = c.Value
	}
	goes := "to " + c.Domain + " alone, on " + c.Path + " and below"
	if !c.HostOnly {
		goes = "to " + c.Domain + " and all hosts below it, on " + c.Path + " and below"
	}
	end, ends := "no end", note{"lasts", "as long as Corsage runs, or longer if the profile keeps its session."}
	if !c.Expires.IsZero() {
		end, ends = c.Expires.Local().Format(cookieTime)+"  ("+cookieEnd(c, now)+")", note{}
	}
	var guesses note
	if c.Sent {
		guesses = note{"guesses", "A request tells name and value only: domain, path, end and flags are guessed until the backend sets the cookie."}
	}
	flags := cmp.Or(cookieFlags(c), "none")
	line := func(name, value string, notes ...note) tableLine {
		notes = slices.DeleteFunc(notes, func(n note) bool { return n == note{} })
		return tableLine{headerLine: headerLine{mark: same, name: name, value: value, notes: notes}}
	}
	return []tableLine{
		line("Name", c.Name), line("Value", value), line("Goes", goes), line("Ends", end, ends),
		line("Flags", flags, note{"for browsers", "An allowed page's requests get it all the same."}),
		line("Learned", cookieLearned(c), guesses),
		line("Since", c.Created.Local().Format(cookieTime)), line("Last used", c.Used.Local().Format(cookieTime)),
		line("Browser", browser.Name(r.id.userAgent), note{"User-Agent", r.id.userAgent}), line("Profile", r.id.profile),
	}
}

// cookieTime is how the details write a time.
const cookieTime = "2 January 2006, 15:04:05"
