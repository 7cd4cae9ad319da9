package proxy_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"strings"
)

// autobahnCase is one of the Autobahn testsuite's fuzzing cases, by its number
// there: what one end sends, unmasked, in the pieces that it is written in.
type autobahnCase struct {
	id     string
	pieces [][]byte
	// stays tells that the peer may have no reason to end the connection, so that a
	// close frame is to follow.
	stays bool
}

const (
	fin       = 0x80
	rsv1      = 0x40
	continued = 0x0
	textual   = 0x1
	octets    = 0x2
	closing   = 0x8
	ping      = 0x9
	pong      = 0xa
)

// chop cuts b into pieces of n bytes.
func chop(b []byte, n int) (pieces [][]byte) {
	for len(b) > n {
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return append(pieces, b)
}

// fragments is a message in frames of n bytes.
func fragments(opcode byte, payload []byte, n int) []byte {
	var all []byte
	parts := chop(payload, n)
	for i, part := range parts {
		first := opcode
		if i > 0 {
			first = continued
		}
		if i == len(parts)-1 {
			first |= fin
		}
		all = append(all, frame(first, part)...)
	}
	return all
}

func closeFrame(code int, reason string) []byte {
	return frame(fin|closing, append([]byte{byte(code >> 8), byte(code)}, reason...))
}

// deflated is a message of permessage-deflate (RFC 7692, section 7.2.1).
func deflated(opcode byte, payload []byte, fragment int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write(payload)
	_ = w.Flush()
	return fragments(opcode|rsv1, bytes.TrimSuffix(b.Bytes(), []byte("\x00\x00\xff\xff")), fragment)
}

// autobahnCases are those of the suite's groups 1 to 7, 9, 10, 12 and 13. The
// sizes of 9 and the counts of 12 and 13 are scaled down.
func autobahnCases() (cases []autobahnCase) {
	add := func(stays bool, id string, pieces ...[]byte) {
		cases = append(cases, autobahnCase{id, pieces, stays})
	}
	stay := func(id string, pieces ...[]byte) { add(true, id, pieces...) }
	end := func(id string, pieces ...[]byte) { add(false, id, pieces...) }
	star := func(n int) []byte { return bytes.Repeat([]byte("*"), n) }
	hello := frame(fin|textual, []byte("Hello, world!"))

	// 1: framing.
	for group, opcode := range []byte{textual, octets} {
		for i, n := range []int{0, 125, 126, 127, 128, 65535, 65536} {
			stay(fmt.Sprintf("1.%d.%d", group+1, i+1), frame(fin|opcode, star(n)))
		}
		stay(fmt.Sprintf("1.%d.8", group+1), chop(frame(fin|opcode, star(65536)), 997)...)
	}
	// 2: pings and pongs.
	stay("2.1", frame(fin|ping, nil))
	stay("2.2", frame(fin|ping, []byte("Hello, world!")))
	stay("2.3", frame(fin|ping, []byte("\x00\xff\xfe\xfd\xfc\xfb\x00\xff")))
	stay("2.4", frame(fin|ping, bytes.Repeat([]byte{0xfe}, 125)))
	end("2.5", frame(fin|ping, bytes.Repeat([]byte{0xfe}, 126)))
	stay("2.6", chop(frame(fin|ping, bytes.Repeat([]byte{0xfe}, 125)), 1)...)
	stay("2.7", frame(fin|pong, nil))
	stay("2.8", frame(fin|pong, []byte("unsolicited pong payload")))
	stay("2.9", frame(fin|pong, []byte("unsolicited pong payload")), frame(fin|ping, []byte("ping payload")))
	var pings []byte
	for i := range 10 {
		pings = append(pings, frame(fin|ping, fmt.Appendf(nil, "payload-%d", i))...)
	}
	stay("2.10", pings)
	stay("2.11", chop(pings, 1)...)
	// 3: reserved bits.
	for rsv := range byte(7) {
		id := fmt.Sprintf("3.%d", rsv+1)
		bits := (rsv + 1) << 4
		switch rsv {
		case 4:
			end(id, frame(fin|bits|octets, star(8)))
		case 5:
			end(id, frame(fin|bits|ping, []byte("Hello, world!")))
		case 6:
			end(id, frame(fin|bits|closing, nil))
		default:
			end(id, hello, frame(fin|bits|textual, star(13)), frame(fin|ping, nil))
		}
	}
	// 4: opcodes.
	for group, from := range []byte{3, 11} {
		for i := range byte(5) {
			id := fmt.Sprintf("4.%d.%d", group+1, i+1)
			switch i {
			case 0:
				end(id, frame(fin|(from+i), nil))
			case 1:
				end(id, frame(fin|(from+i), []byte("reserved opcode payload")))
			default:
				end(id, hello, frame(fin|(from+i), star(int(i))), frame(fin|ping, nil))
			}
		}
	}
	// 5: fragments.
	one, two := frame(textual, []byte("fragment1")), frame(fin|continued, []byte("fragment2"))
	inside := frame(fin|ping, []byte("ping payload"))
	end("5.1", frame(ping, []byte("fragment1")), two)
	end("5.2", frame(pong, []byte("fragment1")), two)
	stay("5.3", one, two)
	stay("5.4", slicesOf(one, two))
	stay("5.5", chop(slicesOf(one, two), 1)...)
	stay("5.6", one, inside, two)
	stay("5.7", slicesOf(one, inside, two))
	stay("5.8", chop(slicesOf(one, inside, two), 1)...)
	lone := frame(fin|continued, []byte("non-continuation payload"))
	end("5.9", lone, hello)
	end("5.10", slicesOf(lone, hello))
	end("5.11", chop(slicesOf(lone, hello), 1)...)
	open := frame(continued, []byte("non-continuation payload"))
	end("5.12", open, hello)
	end("5.13", slicesOf(open, hello))
	end("5.14", chop(slicesOf(open, hello), 1)...)
	end("5.15", one, two, open, hello)
	end("5.16", open, one, two)
	end("5.17", lone, one, two)
	end("5.18", one, frame(fin|textual, []byte("fragment2")))
	more := func(s string) []byte { return frame(continued, []byte(s)) }
	stay("5.19", one, more("fragment2"), frame(fin|ping, []byte("pongme 1!")), more("fragment3"), more("fragment4"), frame(fin|ping, []byte("pongme 2!")), frame(fin|continued, []byte("fragment5")))
	stay("5.20", slicesOf(one, more("fragment2"), frame(fin|ping, []byte("pongme 1!")), more("fragment3"), more("fragment4"), frame(fin|ping, []byte("pongme 2!")), frame(fin|continued, []byte("fragment5"))))
	// 6: UTF-8.
	stay("6.1.1", frame(fin|textual, nil))
	stay("6.1.2", frame(textual, nil), more(""), frame(fin|continued, nil))
	stay("6.1.3", frame(textual, nil), more("middle frame payload"), frame(fin|continued, nil))
	greeting := []byte("Hello-µ@ßöäüàá-UTF-8!!")
	stay("6.2.1", frame(fin|textual, greeting))
	stay("6.2.2", fragments(textual, greeting, 14))
	stay("6.2.3", fragments(textual, greeting, 1))
	stay("6.2.4", fragments(textual, []byte("κόσμε"), 1))
	bad := []byte("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited")
	stay("6.3.1", frame(fin|textual, bad))
	stay("6.3.2", fragments(textual, bad, 1))
	stay("6.4.1", frame(textual, bad[:11]), more(string(bad[11:13])), frame(fin|continued, bad[13:]))
	stay("6.4.2", frame(textual, bad[:12]), more(string(bad[12:14])), frame(fin|continued, bad[14:]))
	stay("6.4.3", chop(frame(fin|textual, bad), 11)...)
	stay("6.4.4", chop(frame(fin|textual, bad), 12)...)
	for group, texts := range [][]string{
		5:  {"\xce\xba", "\xce", "\xce\xba\xe1\xbd\xb9", "\xce\xba\xe1\xbd", "κόσμε"},
		6:  {"\xce", "\xce\xba", "\xce\xba\xe1", "\xce\xba\xe1\xbd", "\xce\xba\xe1\xbd\xb9", "\xce\xba\xe1\xbd\xb9\xcf", "\xce\xba\xe1\xbd\xb9\xcf\x83", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce", "κόσμε"},
		7:  {"\x00", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"},
		8:  {"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"},
		9:  {"\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		10: {"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"},
		11: {"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80"},
		12: {"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80", "\x80\xbf\x80\xbf\x80\xbf", "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"},
		13: {"\xc0 \xc1 \xc2 ", "\xe0 \xe1 \xe2 ", "\xf0 \xf1 \xf2 ", "\xf8 \xf9 \xfa ", "\xfc \xfd "},
		14: {"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80", "\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf"},
		15: {"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf\xfb\xbf\xbf\xbf\xfd\xbf\xbf\xbf\xbf"},
		16: {"\xfe", "\xff", "\xfe\xfe\xff\xff"},
		17: {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf"},
		18: {"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf"},
		19: {"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80"},
		20: {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf"},
		21: {"\xed\xa0\x80\xed\xb0\x80", "\xed\xa0\x80\xed\xbf\xbf", "\xed\xad\xbf\xed\xb0\x80", "\xed\xad\xbf\xed\xbf\xbf", "\xed\xae\x80\xed\xb0\x80", "\xed\xae\x80\xed\xbf\xbf", "\xed\xaf\xbf\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf"},
		22: {"\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe", "\xf0\x9f\xbf\xbf", "\xf0\xaf\xbf\xbe", "\xf4\x8f\xbf\xbe", "\xf4\x8f\xbf\xbf"},
		23: {"\xef\xbf\xb9", "\xef\xbf\xba", "\xef\xbf\xbb", "\xef\xbf\xbc", "\xef\xbf\xbd", "\xef\xbf\xbe", "\xef\xbf\xbf"},
	} {
		for i, text := range texts {
			stay(fmt.Sprintf("6.%d.%d", group, i+1), frame(fin|textual, []byte(text)))
		}
	}
	// 7: close handling.
	end("7.1.1", hello, closeFrame(1000, ""))
	end("7.1.2", closeFrame(1000, ""), closeFrame(1000, ""))
	end("7.1.3", closeFrame(1000, ""), frame(fin|ping, nil))
	end("7.1.4", closeFrame(1000, ""), hello)
	end("7.1.5", one, closeFrame(1000, ""), two)
	end("7.1.6", frame(fin|textual, star(256<<10)), hello, closeFrame(1000, ""), frame(fin|ping, nil))
	end("7.3.1", frame(fin|closing, nil))
	end("7.3.2", frame(fin|closing, []byte("a")))
	end("7.3.3", closeFrame(1000, ""))
	end("7.3.4", closeFrame(1000, "Hello World!"))
	end("7.3.5", closeFrame(1000, strings.Repeat("*", 123)))
	end("7.3.6", closeFrame(1000, strings.Repeat("*", 124)))
	end("7.5.1", closeFrame(1000, string(bad)))
	for i, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		end(fmt.Sprintf("7.7.%d", i+1), closeFrame(code, ""))
	}
	for i, code := range []int{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999} {
		end(fmt.Sprintf("7.9.%d", i+1), closeFrame(code, ""))
	}
	end("7.13.1", closeFrame(5000, ""))
	end("7.13.2", closeFrame(65535, ""))
	// 9: large messages. The suite goes to 16 MiB.
	for group, opcode := range []byte{textual, octets} {
		for i, n := range []int{64 << 10, 256 << 10, 1 << 20} {
			stay(fmt.Sprintf("9.%d.%d", group+1, i+1), frame(fin|opcode, star(n)))
		}
		for i, n := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10} {
			stay(fmt.Sprintf("9.%d.%d", group+3, i+1), fragments(opcode, star(min(n<<9, 256<<10)), n))
		}
		for i, n := range []int{64, 128, 256, 512, 1024, 2048} {
			stay(fmt.Sprintf("9.%d.%d", group+5, i+1), chop(frame(fin|opcode, star(64<<10)), n)...)
		}
		for i, n := range []int{0, 16, 64, 256, 1024, 4096} {
			stay(fmt.Sprintf("9.%d.%d", group+7, i+1), bytes.Repeat(frame(fin|opcode, star(n)), 100))
		}
	}
	// 10: a message in fragments of its sender's choice.
	stay("10.1.1", fragments(textual, star(65536), 1300))
	// 12 and 13: permessage-deflate, whole and in fragments, several messages on
	// one connection.
	sample := []byte(strings.Repeat(`{"AutobahnPython": "0.6.0", "words": ["grüße", "κόσμε"]} `, 300))
	for group := 12; group <= 13; group++ {
		for i, n := range []int{16, 64, 256, 1 << 10, 4 << 10, 8 << 10, 16 << 10} {
			message := deflated(textual, sample[:n], len(sample))
			stay(fmt.Sprintf("%d.1.%d", group, i+1), bytes.Repeat(message, 10))
			stay(fmt.Sprintf("%d.2.%d", group, i+1), bytes.Repeat(deflated(octets, sample[:n], 256), 10))
		}
		end(fmt.Sprintf("%d.3.1", group), frame(fin|rsv1|textual, []byte("not deflated")))
		end(fmt.Sprintf("%d.3.2", group), frame(textual|rsv1, sample[:10]), frame(fin|rsv1, sample[:10]))
	}
	return cases
}
