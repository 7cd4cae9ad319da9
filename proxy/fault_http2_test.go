package proxy_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames is one HTTP/2 connection of a scripted backend.
type frames struct {
	*http2.Framer
	conn net.Conn
	buf  bytes.Buffer
	enc  *hpack.Encoder
}

func newFrames(conn net.Conn, br *bufio.Reader) *frames {
	c := &frames{Framer: http2.NewFramer(conn, br), conn: conn}
	c.AllowIllegalWrites = true
	c.enc = hpack.NewEncoder(&c.buf)
	return c
}

// head sends a HEADERS frame, with as many CONTINUATIONs as it takes, of names
// and values in turn.
func (f *frames) head(stream uint32, end bool, fields ...string) {
	f.buf.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = f.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	f.block(stream, end, f.buf.Bytes())
}

func (f *frames) block(stream uint32, end bool, block []byte) {
	const size = 16 << 10
	first := block[:min(len(block), size)]
	block = block[len(first):]
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndStream: end, EndHeaders: len(block) == 0})
	for len(block) > 0 {
		next := block[:min(len(block), size)]
		block = block[len(next):]
		if f.WriteContinuation(stream, len(block) == 0, next) != nil {
			return
		}
	}
}

func (f *frames) data(stream uint32, end bool, s string) { _ = f.WriteData(stream, end, []byte(s)) }

// http2 serves HTTP/2. answer is what an armed backend does with a request, once
// its head is there; it returns whether the connection goes on.
func (f *faulty) http2(answer func(c *frames, stream uint32) bool) {
	f.serve = func(conn net.Conn, br *bufio.Reader) {
		if _, err := io.ReadFull(br, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		c := newFrames(conn, br)
		_ = c.WriteSettings()
		for {
			frame, err := c.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = c.WriteSettingsAck()
				}
			case *http2.PingFrame:
				if !frame.IsAck() {
					_ = c.WritePing(true, frame.Data)
				}
			case *http2.HeadersFrame:
				if f.armed.Load() {
					if !answer(c, frame.StreamID) {
						return
					}
					continue
				}
				c.head(frame.StreamID, false, ":status", "200", "content-length", "4")
				c.data(frame.StreamID, true, "fine")
			}
		}
	}
}

// fault2 is a fault of an HTTP/2 backend.
type fault2 struct {
	fault
	answer func(c *frames, stream uint32) bool
}

const noHTTP2 = "what it sent is no valid HTTP/2"

// then turns frames into a fault after which the connection goes on.
func then(send func(c *frames, stream uint32)) func(*frames, uint32) bool {
	return func(c *frames, stream uint32) bool { send(c, stream); return true }
}

// close2 is a fault after whose frames the connection is closed.
func close2(send func(c *frames, stream uint32)) func(*frames, uint32) bool {
	return func(c *frames, stream uint32) bool { send(c, stream); return false }
}

// answered is a fault that lies in the fields of an answer's head.
func answered(fields ...string) func(*frames, uint32) bool {
	return then(func(c *frames, s uint32) {
		c.head(s, false, append([]string{":status", "200"}, fields...)...)
		c.data(s, true, "x")
	})
}

var http2Faults = []fault2{
	{fault{name: "closes before the head", status: 502, text: noAnswer}, close2(func(*frames, uint32) {})},
	{fault{name: "resets before the head", status: 502, text: "gave no answer"}, func(c *frames, _ uint32) bool { reset(c.conn); return false }},
	{fault{name: "ends the stream before the head", status: 502, text: "broke the request off"},
		then(func(c *frames, s uint32) { _ = c.WriteRSTStream(s, http2.ErrCodeInternal) })},
	{fault{name: "asks for HTTP/1.1", status: 502, text: "broke the request off"},
		then(func(c *frames, s uint32) { _ = c.WriteRSTStream(s, http2.ErrCodeHTTP11Required) })},
	{fault{name: "says goodbye to a request that it has taken", status: 502, text: noAnswer},
		close2(func(c *frames, s uint32) { _ = c.WriteGoAway(s, http2.ErrCodeNo, nil) })},
	{fault{name: "says goodbye for a fault", status: 502, text: noAnswer},
		close2(func(c *frames, s uint32) { _ = c.WriteGoAway(s, http2.ErrCodeEnhanceYourCalm, []byte("calm")) })},
	{fault{name: "stalls before the head", status: 504, text: "has said nothing since"}, then(func(*frames, uint32) {})},
	{fault{name: "garbage", status: 502, text: "gave no"}, close2(func(c *frames, _ uint32) { say(c.conn, "SSH-2.0-OpenSSH_9.9\r\n") })},
	{fault{name: "a block that is no HPACK", status: 502, text: "could not be read"}, then(func(c *frames, s uint32) { c.block(s, true, []byte{0xff, 0xff, 0xff, 0xff, 0xff}) })},
	{fault{name: "no status", status: 502, text: noHeaders}, then(func(c *frames, s uint32) { c.head(s, true, "content-type", "text/plain") })},
	{fault{name: "a status that is none", status: 502, text: noHeaders}, then(func(c *frames, s uint32) { c.head(s, true, ":status", "ok") })},
	{fault{name: "a body before the head", status: 502, text: "gave no"}, then(func(c *frames, s uint32) { c.data(s, true, "x") })},
	{fault{name: "a pushed answer", status: 502, text: noHTTP2}, then(func(c *frames, s uint32) {
		_ = c.WritePushPromise(http2.PushPromiseParam{StreamID: s, PromiseID: 2, BlockFragment: []byte{0x82}, EndHeaders: true})
	})},
	{fault{name: "a line break in a value", status: 502, text: noHeaders}, answered("x-injected", "1\r\nSet-Cookie: evil=1")},
	{fault{name: "capitals in a name", status: 502, text: noHeaders}, answered("X-Capital", "1")},
	{fault{name: "a line break in a name", status: 502, text: noHeaders}, answered("x\r\ny", "1")},
	{fault{name: "switches, which HTTP/2 can't", status: 502, text: "switched to a protocol"}, then(func(c *frames, s uint32) {
		c.head(s, false, ":status", "101", "connection", "upgrade", "upgrade", "websocket")
	})},
	{fault{name: "a flood of 1xx", status: 502, text: "without end"}, then(func(c *frames, s uint32) {
		for range 2000 {
			c.head(s, false, ":status", "103", "link", "</x>; rel=preload; as=style; nonce="+strings.Repeat("x", 1000))
		}
	})},

	{fault{name: "1 MiB in one header", status: 502, text: "could not be read"}, answered("x-big", strings.Repeat("x", 1<<20))},
	{fault{name: "10 MiB of headers", status: 502, text: "gave no"}, answered(repeated("x-big", strings.Repeat("x", 1000), 10<<10)...)},
	{fault{name: "8,000 headers", status: 200, body: "x"}, answered(repeated("x-n", "1", 8000)...)},

	{fault{name: "two lengths that differ", status: 502, text: noLength}, answered("content-length", "1", "content-length", "2")},
	{fault{name: "one length twice", status: 200, body: "x"}, answered("content-length", "1", "content-length", "1")},
	{fault{name: "a negative length", status: 502, text: noLength}, answered("content-length", "-1")},
	{fault{name: "a length that is none", status: 502, text: noLength}, answered("content-length", "one")},
	{fault{name: "an overlong length", status: 502, text: noLength}, answered("content-length", "99999999999999999999")},
	{fault{name: "chunks", status: 200, body: "x"}, answered("transfer-encoding", "chunked")},
	{fault{name: "a field of the connection", status: 200, body: "x"}, answered("connection", "close", "keep-alive", "timeout=5")},
	{fault{name: "less than the length", status: 200, body: "x", broken: true}, answered("content-length", "2")},
	{fault{name: "more than the length", status: 200, body: "pa", broken: true, h2: true}, then(func(c *frames, s uint32) {
		c.head(s, false, ":status", "200", "content-length", "2")
		c.data(s, true, "part")
	})},

	{fault{name: "closes in the body", status: 200, body: "part", broken: true}, close2(part)},
	{fault{name: "ends the stream in the body", status: 200, body: "part", broken: true}, then(func(c *frames, s uint32) {
		part(c, s)
		_ = c.WriteRSTStream(s, http2.ErrCodeInternal)
	})},
	{fault{name: "says goodbye in the body, and goes", status: 200, body: "part", broken: true}, close2(func(c *frames, s uint32) {
		part(c, s)
		_ = c.WriteGoAway(s, http2.ErrCodeNo, nil)
	})},
	{fault{name: "says goodbye in the body, and ends it", status: 200, body: "part and more"}, then(func(c *frames, s uint32) {
		part(c, s)
		_ = c.WriteGoAway(s, http2.ErrCodeNo, nil)
		c.data(s, true, " and more")
	})},
	{fault{name: "a second head in the body", status: 200, body: "part", broken: true}, then(func(c *frames, s uint32) {
		part(c, s)
		c.head(s, false, ":status", "200")
	})},
}

func part(c *frames, s uint32) {
	c.head(s, false, ":status", "200", "content-type", "text/plain")
	c.data(s, false, "part")
}

func repeated(name, value string, n int) []string {
	var list []string
	for range n {
		list = append(list, name, value)
	}
	return list
}

// A backend that speaks HTTP/2 badly.
func TestHTTP2Faults(t *testing.T) {
	var faults []fault
	answers := make(map[string]func(*frames, uint32) bool)
	for _, c := range http2Faults {
		c.secure = true
		faults = append(faults, c.fault)
		answers[c.name] = c.answer
	}
	runFaults(t, faults, func(t *testing.T, c fault, _ path) *faulty {
		f := new(faulty)
		f.http2(answers[c.name])
		return startFaulty(t, f, true, "h2")
	})
}
