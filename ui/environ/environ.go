// Package environ is how programs in a terminal come to use Corsage: the
// environment's variables that name a proxy and a file of trusted certificates,
// in the words of each shell, and the files of certificates themselves.
package environ

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// formerName is the variable that keeps what the others were before, so that
// they can be put back: a JSON object with a value or null for each, in base64, which no
// shell needs to quote.
const formerName = "CORSAGE_FORMER_ENV"

// Environ is an environment: values by name.
type Environ map[string]string

// Current returns the environment of this process.
func Current() Environ {
	e := make(Environ)
	for _, entry := range os.Environ() {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" { // Windows has names such as "=C:"
			e[name] = value
		}
	}
	return e
}

// With returns e with the variables set.
func (e Environ) With(set []Variable) Environ {
	e = maps.Clone(e)
	for _, v := range set {
		e[v.Name] = v.Value
	}
	return e
}

// List returns e as os.Environ does, sorted.
func (e Environ) List() []string {
	list := make([]string, 0, len(e))
	for name, value := range e {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// InUse reports whether e is the environment of a shell that uses Corsage.
func (e Environ) InUse() bool { return e[formerName] != "" }

// Former returns e as it was before it came to use Corsage; e itself where it
// does not. The error says what to do where that can't be told.
func (e Environ) Former() (Environ, error) {
	set, unset, err := e.Undo()
	if err != nil {
		return nil, err
	}
	e = maps.Clone(e)
	for _, name := range unset {
		delete(e, name)
	}
	return e.With(set), nil
}

// Undo returns what puts e back to what it was, the names to unset first:
// nothing where it does not use Corsage.
func (e Environ) Undo() (set []Variable, unset []string, err error) {
	if !e.InUse() {
		return nil, nil, nil
	}
	var former map[string]*string
	text, err := base64.RawURLEncoding.DecodeString(e[formerName])
	if err == nil {
		err = json.Unmarshal(text, &former)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the variable %s is damaged (%w): open another shell", formerName, err)
	}
	for _, name := range slices.Sorted(maps.Keys(former)) {
		if value := former[name]; value != nil {
			set = append(set, Variable{Name: name, Value: *value})
		} else {
			unset = append(unset, name)
		}
	}
	return set, append(unset, formerName), nil
}

// Restore makes the environment of this process what it was before it came to
// use Corsage, as another Corsage must begin: the proxy that the variables named
// before is its way out.
func Restore() error {
	set, unset, err := Current().Undo()
	for _, name := range unset {
		err = errors.Join(err, os.Unsetenv(name))
	}
	for _, v := range set {
		err = errors.Join(err, os.Setenv(v.Name, v.Value))
	}
	return err
}

// remember returns the variable that keeps what those in set were in e.
func (e Environ) remember(set []Variable) (Variable, error) {
	former := make(map[string]*string)
	for _, v := range set {
		former[v.Name] = nil
		if value, ok := e[v.Name]; ok {
			former[v.Name] = &value
		}
	}
	text, err := json.Marshal(former)
	if err != nil {
		return Variable{}, fmt.Errorf("keeping what the variables were: %w", err)
	}
	return Variable{formerName, base64.RawURLEncoding.EncodeToString(text)}, nil
}
