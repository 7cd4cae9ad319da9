package verdict

import "testing"

// A viewer asks for a verdict on each row.
func BenchmarkOf(b *testing.B) {
	e := logged(header("Cookie", "sessionid=1; csrftoken=2"), header(setCookie, "sessionid=1; SameSite=Lax", "Content-Type", "application/json"), granted()...)
	b.ReportAllocs()
	for b.Loop() {
		Of(e)
	}
}
