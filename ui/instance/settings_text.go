package instance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Settings are what the user chose for all profiles, in a window or in the
// settings file.
type Settings struct {
	// AutoOff is how long a profile stays on while nobody touches it; zero for
	// ever, else at least MinAutoOff. In the file it is "never" or a duration.
	AutoOff time.Duration
	// SystemProxy is how the system's proxy leads here when it is switched on:
	// by the PAC file or as the fixed proxy for all traffic.
	SystemProxy SystemProxyMode
}

// SystemProxyMode is a value of the setting system-proxy.
type SystemProxyMode string

const (
	SystemProxyPAC   SystemProxyMode = "pac"
	SystemProxyFixed SystemProxyMode = "fixed"
)

const (
	// WorkingDay is the AutoOff of the app unless the user chose another.
	WorkingDay = 9 * time.Hour
	// MinAutoOff is the shortest AutoOff.
	MinAutoOff = time.Minute
)

// DefaultSettings are those of a user who has set nothing.
func DefaultSettings() Settings {
	return Settings{AutoOff: WorkingDay, SystemProxy: SystemProxyPAC}
}

// setting is one key of the file. Its value is a scalar.
type setting struct {
	key string
	get func(Settings) string
	set func(*Settings, string) error // says what is allowed
}

// allSettings are the keys, in the order in which they are written.
func allSettings() []setting {
	return []setting{
		{"auto-off",
			func(s Settings) string { return FormatAutoOff(s.AutoOff) },
			func(s *Settings, text string) error {
				d, err := ParseAutoOff(text)
				if err == nil {
					s.AutoOff = d
				}
				return err
			}},
		{"system-proxy",
			func(s Settings) string { return string(s.SystemProxy) },
			func(s *Settings, text string) error {
				mode := SystemProxyMode(text)
				if mode != SystemProxyPAC && mode != SystemProxyFixed {
					return fmt.Errorf("%q is not allowed: write %s or %s", text, SystemProxyPAC, SystemProxyFixed)
				}
				s.SystemProxy = mode
				return nil
			}},
	}
}

// ParseAutoOff reads "never", which is zero, or a duration such as "9h" or
// "1h30m" of at least MinAutoOff. The error says what to write.
func ParseAutoOff(text string) (time.Duration, error) {
	if text == "never" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration: write never, or hours and minutes such as 9h or 1h30m", text)
	}
	if d < MinAutoOff {
		return 0, fmt.Errorf("%q is too short: write never, or at least 1m", text)
	}
	return d, nil
}

// FormatAutoOff returns what ParseAutoOff reads as d.
func FormatAutoOff(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	text := d.String() // such as 9h0m0s
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// maxSettings bounds the file, in bytes.
const maxSettings = 64 << 10

// readSettings reads the file's text: the defaults, but for what it rightly says. The
// error names each fault with its line; unknown are keys that this version does
// not know.
func readSettings(text []byte) (s Settings, unknown []string, err error) {
	s = DefaultSettings()
	doc, err := settingsNode(text)
	if doc == nil {
		return s, nil, err
	}
	root := doc.Content[0]
	var faults []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		known := slices.IndexFunc(allSettings(), func(s setting) bool { return key.Kind == yaml.ScalarNode && s.key == key.Value })
		switch {
		case known < 0:
			unknown = append(unknown, key.Value)
		case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
			faults = append(faults, fmt.Errorf("line %d: %s needs a value", key.Line, key.Value))
		default:
			if err := allSettings()[known].set(&s, value.Value); err != nil {
				faults = append(faults, fmt.Errorf("line %d: %s: %w", value.Line, key.Value, err))
			}
		}
	}
	return s, unknown, errors.Join(faults...)
}

// writeSettings returns text with the values that differ between was and now.
// Everything else stays: comments, order, keys of other versions.
func writeSettings(text []byte, was, now Settings) ([]byte, error) {
	doc, err := settingsNode(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if doc == nil { // what is there stays as it is, and ahead
		doc = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			text = []byte("# What you chose in Corsage, for all profiles.")
		}
		out.Write(append(text, '\n'))
	}
	for _, s := range allSettings() {
		if value := s.get(now); value != s.get(was) {
			setValue(doc.Content[0], s.key, value)
		}
	}
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(doc), enc.Close()); err != nil {
		return nil, fmt.Errorf("writing the settings: %w", err)
	}
	if got, _, err := readSettings(out.Bytes()); err != nil || got != now { // of UTF-16, for example
		return nil, errors.New("the settings file is written in a way that only you can change: write 'auto-off: " + FormatAutoOff(now.AutoOff) + "' and 'system-proxy: " + string(now.SystemProxy) + "' into it, or begin a new one")
	}
	return out.Bytes(), nil
}

func setValue(root *yaml.Node, key, value string) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
			n := root.Content[i+1] // which may be an anchor, and has comments
			n.Kind, n.Tag, n.Style, n.Value, n.Content = yaml.ScalarNode, "", 0, value, nil
			return
		}
	}
	root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &yaml.Node{Kind: yaml.ScalarNode, Value: value})
}

// settingsNode returns the document that the text is, whose content is one mapping;
// nil where the text has nothing but comments.
func settingsNode(text []byte) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's way of refusing some broken text
			doc, err = nil, fmt.Errorf("it is no YAML: %v", p)
		}
	}()
	var more yaml.Node
	doc = new(yaml.Node)
	dec := yaml.NewDecoder(bytes.NewReader(text))
	switch err := dec.Decode(doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("it is no YAML: %w", err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("it holds more than one document: remove what follows '---'")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: write one setting a line, such as 'auto-off: 9h'", root.Line)
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(root.Content); i += 2 {
		if key := root.Content[i]; seen[key.Value] {
			return nil, fmt.Errorf("line %d: %s stands there twice: remove one", key.Line, key.Value)
		}
		seen[root.Content[i].Value] = true
	}
	return doc, nil
}
