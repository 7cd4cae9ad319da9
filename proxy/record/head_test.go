package record

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
)

func TestHead(t *testing.T) {
	for _, h := range []http.Header{
		nil,
		{},
		{"Accept": {"*/*"}},
		{"Set-Cookie": {"a=1; Path=/", "b=2"}, "X-Empty": {""}, "X-Colon": {"a: b"}, ":odd": {" blanks kept "}},
		{"X-Bytes": {"caf\xe9\t\"1\""}},
	} {
		head := NewHead(h)
		if got := head.Header(); !reflect.DeepEqual(got, h) {
			t.Errorf("%q: %v, want %v", head, got, h)
		}
		if (head == "") != (h == nil) {
			t.Errorf("%v became %q", h, head)
		}
		got, err := json.Marshal(head)
		want, _ := json.Marshal(h)
		if err != nil || string(got) != string(want) {
			t.Errorf("as JSON %s %v, want %s", got, err, want)
		}
	}
}
