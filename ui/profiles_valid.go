package ui

import (
	"errors"
	"strconv"
	"strings"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/session"
)

// fieldErrors asks profiles what is wrong with p, by the path of each field.
// The files that it names are looked for from dir, the folder of p's file.
func fieldErrors(dir string, p *profiles.Profile) map[string]string {
	wrong := map[string]string{}
	for i, o := range p.Origins {
		if _, err := proxy.ParseOrigin(o); err != nil {
			wrong[indexed("origins", i)] = err.Error()
		}
	}
	_, err := p.Rules(dir, session.NewStore())
	for path, message := range messagesOf(err) {
		if path != "origins" || !badField(wrong, "origins") {
			wrong[path] = message
		}
	}
	return wrong
}

// messagesOf sorts what an error of profiles says by the fields' paths: "" for
// what belongs to none.
func messagesOf(err error) map[string]string {
	var list profiles.Errors
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &list):
		return map[string]string{"": err.Error()}
	}
	messages := map[string]string{}
	for _, e := range list {
		if messages[e.Field] == "" {
			messages[e.Field] = e.Message
		}
	}
	return messages
}

// badField reports whether wrong names the field at path or one inside it.
func badField(wrong map[string]string, path string) bool {
	for p := range wrong {
		rest, ok := strings.CutPrefix(p, path)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

func indexed(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
