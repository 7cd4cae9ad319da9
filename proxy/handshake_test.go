package proxy

import (
	"bytes"
	"testing"
)

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		name            string
		bytes           string
		content, alerts int
		alert           byte
	}{
		{"nothing", "", 0, 0, 0},
		{"a hello", "\x16\x03\x01\x00\x03abc", 0, 0, 0},
		{"an unencrypted alert", "\x16\x03\x01\x00\x03abc\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x30", 0, 1, 48},
		{"an encrypted alert of TLS 1.2", "\x15\x03\x03\x00\x04abcd", 0, 1, 0},
		{"content", "\x17\x03\x03\x00\x01a\x17\x03\x03\x00\x00\x17\x03\x03\x00\x02ab", 3, 0, 0},
		{"half a record", "\x17\x03\x03\x01\x00a", 1, 0, 0},
		{"half a head", "\x17\x03\x03\x00\x00\x15\x03", 1, 0, 0},
		{"half an alert", "\x15\x03\x03\x00\x02\x02", 0, 1, 0},
	} {
		for step := 1; step <= max(len(c.bytes), 1); step++ {
			var r records
			for rest := []byte(c.bytes); len(rest) > 0; rest = rest[min(step, len(rest)):] {
				r.note(rest[:min(step, len(rest))])
			}
			if r.content != c.content || r.alerts != c.alerts || r.plainAlert() != c.alert {
				t.Errorf("%s in steps of %d: content %d, alerts %d, alert %d", c.name, step, r.content, r.alerts, r.plainAlert())
			}
		}
	}
}

// FuzzRecords holds that it is of no matter in which pieces a stream comes, and
// that little is kept of it.
func FuzzRecords(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x03abc\x15\x03\x03\x00\x02\x02\x30"), 3)
	f.Add([]byte("\x17\x03\x03\x00\x00\x17"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, at int) {
		var whole, halves records
		whole.note(stream)
		if at = at % (len(stream) + 1); at < 0 {
			at = 0
		}
		halves.note(stream[:at])
		halves.note(stream[at:])
		if whole.content != halves.content || whole.alerts != halves.alerts || whole.left != halves.left || !bytes.Equal(whole.head, halves.head) || !bytes.Equal(whole.alert, halves.alert) {
			t.Errorf("whole %+v, in halves %+v", whole, halves)
		}
		if len(whole.head) > 5 || len(whole.alert) > 3 {
			t.Errorf("kept %+v", whole)
		}
	})
}
