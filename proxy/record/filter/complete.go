package filter

import (
	"slices"
	"strings"
	"unicode"
)

// Completion is what the last, half-written word of an expression could become.
type Completion struct {
	// Text is the whole expression with the word completed.
	Text string
	// Word is the completed word alone, Help what it chooses.
	Word, Help string
}

// Complete returns what the last word of text could become: a key, or a value of
// its key. values returns those that Corsage knows of keys without a list of their
// own, such as the profiles' names; nil for none. Nothing is returned where the
// last word has ended, or is complete.
func Complete(text string, values func(key string) []string) (list []Completion) {
	start := strings.LastIndexFunc(text, unicode.IsSpace) + 1
	before, last := text[:start], text[start:]
	if strings.Count(before, `"`)%2 == 1 { // it is inside of a quote
		return nil
	}
	if rest, ok := strings.CutPrefix(last, "-"); ok {
		before, last = before+"-", rest
	}
	name, begun, keyed := strings.Cut(last, ":")
	if !keyed {
		for _, k := range keys {
			if last != "" && strings.HasPrefix(k.Name, strings.ToLower(last)) {
				list = append(list, Completion{before + k.Name + ":", k.Name + ":", k.Help})
			}
		}
		slices.SortFunc(list, func(a, b Completion) int { return strings.Compare(a.Word, b.Word) })
		return list
	}
	k, ok := find(name)
	if !ok {
		return nil
	}
	choices := k.Values
	if choices == nil && values != nil {
		choices = values(k.Name)
	}
	head := name + ":"
	if i := strings.LastIndexByte(begun, ','); i >= 0 {
		head, begun = head+begun[:i+1], begun[i+1:]
	}
	for _, choice := range choices {
		written := quoteIfNeeded(choice)
		if strings.HasPrefix(strings.ToLower(written), strings.ToLower(begun)) && written != begun {
			list = append(list, Completion{before + head + written, head + written, k.Help})
		}
	}
	return list
}

// quoteIfNeeded writes a value as an expression has it.
func quoteIfNeeded(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) && !strings.ContainsAny(s, `",*\`) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
