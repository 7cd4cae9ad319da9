package filter

import (
	"regexp"
	"strings"
	"unicode"
)

// word is one term as it was written.
type word struct {
	column int // of its beginning, from 1 on
	not    bool
	key    string // in lower case; "" for text
	value  string
	at     int  // column of the value
	quoted bool // the value, or the text
	regexp bool
}

// keyPattern is how a key can look.
var keyPattern = regexp.MustCompile(`^[A-Za-z]+(?:-[A-Za-z]+)*$`)

// scanner goes through an expression by characters.
type scanner struct {
	text []rune
	pos  int
}

// split divides an expression into its words.
func split(text string) ([]word, error) {
	s := &scanner{text: []rune(text)}
	var words []word
	for {
		for s.pos < len(s.text) && unicode.IsSpace(s.text[s.pos]) {
			s.pos++
		}
		if s.pos == len(s.text) {
			return words, nil
		}
		w, err := s.word()
		if err != nil {
			return nil, err
		}
		words = append(words, w)
	}
}

// end stands for the end of a word.
const end rune = -1

// peek is the next character, or end.
func (s *scanner) peek(ahead int) rune {
	if i := s.pos + ahead; i < len(s.text) && !unicode.IsSpace(s.text[i]) {
		return s.text[i]
	}
	return end
}

// rest takes what comes before the next blank.
func (s *scanner) rest() string {
	start := s.pos
	for s.peek(0) != end {
		s.pos++
	}
	return string(s.text[start:s.pos])
}

func (s *scanner) word() (w word, err error) {
	w.column = s.pos + 1
	if s.peek(0) == '-' && s.peek(1) != end {
		w.not = true
		s.pos++
	}
	w.at = s.pos + 1
	if s.peek(0) == '"' {
		w.quoted = true
		w.value, err = s.quote()
		return w, err
	}
	start := s.pos
	text := s.rest()
	if n := len(text); n > 2 && text[0] == '/' && text[n-1] == '/' {
		w.regexp, w.value = true, text[1:n-1]
		return w, nil
	}
	key, value, keyed := strings.Cut(text, ":")
	if !keyed || !isKey(key, value) {
		w.value = text
		return w, nil
	}
	w.key, w.value, w.at = strings.ToLower(key), value, start+len(key)+2 // a key is ASCII
	if strings.HasPrefix(value, `"`) {
		s.pos = w.at - 1
		w.quoted = true
		w.value, err = s.quote()
	}
	return w, err
}

// isKey tells "status-code:404" from "localhost:3000", "https://…" and "12:30".
func isKey(key, value string) bool {
	if _, known := find(key); known {
		return true
	}
	first := strings.IndexFunc(value, unicode.IsLetter)
	return keyPattern.MatchString(key) && (first == 0 || strings.HasPrefix(value, `"`) || value != "" && value[0] != '/' && near(key) != "")
}

// quote takes what stands in quotes.
func (s *scanner) quote() (string, error) {
	begin := s.pos
	s.pos++
	var b strings.Builder
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			if s.peek(0) != end {
				return "", &Error{Column: s.pos + 1, Message: "a blank is missing behind the quote"}
			}
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.text) && (s.text[s.pos+1] == '"' || s.text[s.pos+1] == '\\'):
			s.pos++
			b.WriteRune(s.text[s.pos])
		default:
			b.WriteRune(c)
		}
	}
	return "", &Error{Column: begin + 1, Message: `the quote that begins here does not end: add a "`}
}
