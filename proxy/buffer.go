package proxy

import "sync"

const (
	smallBuffer = 2 << 10
	largeBuffer = 16 << 10 // as much as TLS brings at once (RFC 8446, section 5.1)
)

var (
	smallBuffers = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]byte) }}
)

// copyBuffer is what bytes pass through: small while little comes, large while
// much does, so that thousands of streams that wait hold next to nothing. The
// zero copyBuffer is ready; release gives its memory back.
type copyBuffer struct {
	small *[smallBuffer]byte
	large *[largeBuffer]byte
}

// bytes returns where the next read goes.
func (b *copyBuffer) bytes() []byte {
	if b.large != nil {
		return b.large[:]
	}
	if b.small == nil {
		b.small = smallBuffers.Get().(*[smallBuffer]byte)
	}
	return b.small[:]
}

// filled tells how much the last read brought.
func (b *copyBuffer) filled(n int) {
	switch {
	case b.large == nil && n == smallBuffer:
		b.large = largeBuffers.Get().(*[largeBuffer]byte)
	case b.large != nil && n < smallBuffer:
		largeBuffers.Put(b.large)
		b.large = nil
	}
}

func (b *copyBuffer) release() {
	if b.small != nil {
		smallBuffers.Put(b.small)
	}
	if b.large != nil {
		largeBuffers.Put(b.large)
	}
	*b = copyBuffer{}
}
