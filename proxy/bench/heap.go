//go:build bench

package main

import (
	"runtime/metrics"
	"sync"
	"time"
)

// heapPeak holds the highest heap that was seen, in bytes.
type heapPeak struct {
	mu           sync.Mutex
	inuse, alloc uint64
}

// watchHeap looks at the heap a hundred times a second from now on.
func watchHeap() *heapPeak {
	p := new(heapPeak)
	go func() {
		samples := []metrics.Sample{
			{Name: "/memory/classes/heap/objects:bytes"}, // HeapAlloc
			{Name: "/memory/classes/heap/unused:bytes"},  // with it, HeapInuse
		}
		for range time.Tick(10 * time.Millisecond) {
			metrics.Read(samples)
			alloc := samples[0].Value.Uint64()
			p.mu.Lock()
			p.alloc = max(p.alloc, alloc)
			p.inuse = max(p.inuse, alloc+samples[1].Value.Uint64())
			p.mu.Unlock()
		}
	}()
	return p
}

func (p *heapPeak) highest() (inuse, alloc uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inuse, p.alloc
}

func (p *heapPeak) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inuse, p.alloc = 0, 0
}
