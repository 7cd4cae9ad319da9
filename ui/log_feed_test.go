package ui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
)

func TestFeedPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		recorder := record.New(logLimit)
		f := newLogFeed()
		shown, rows := 0, 0
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.run(ctx, recorder, func() {
				shown++
				rows = len(f.take().rows)
			})
		}()
		for range 1000 { // a request each millisecond
			recorder.Add(sampleEntry(1))
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if shown > 11 || shown < 9 {
			t.Errorf("%d refreshes within a second, want 10", shown)
		}
		time.Sleep(refreshEvery)
		synctest.Wait()
		if rows != 1000 {
			t.Errorf("%d rows in the end, want all 1000", rows)
		}
		before := shown
		time.Sleep(time.Minute)
		synctest.Wait()
		if shown != before {
			t.Errorf("%d refreshes without traffic", shown-before)
		}
		cancel()
		<-ended
	})
}

func TestFeedWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		recorder := record.New(logLimit)
		f := newLogFeed()
		shown := 0
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.run(ctx, recorder, func() { shown++ }) // the window is stalled: it takes nothing
		}()
		for range 50 {
			recorder.Add(sampleEntry(1))
			time.Sleep(refreshEvery)
		}
		synctest.Wait()
		if shown != 1 {
			t.Errorf("a stalled window was called %d times", shown)
		}
		if n := len(f.take().rows); n != 50 {
			t.Errorf("it then gets %d rows, want the newest state with 50", n)
		}
		cancel()
		<-ended
	})
}

func TestFeedWishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		recorder := record.New(logLimit)
		for _, e := range sampleEntries(30) {
			recorder.Add(e)
		}
		f := newLogFeed()
		var v logView
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.run(ctx, recorder, func() { v = f.take() })
		}()
		settle := func() { time.Sleep(2 * refreshEvery); synctest.Wait() }
		settle()
		f.setFilter(mustFilter(t, "orders/27/"))
		settle()
		if len(v.rows) != 1 || v.all != 30 || !v.filtered {
			t.Errorf("filtered: %d of %d rows", len(v.rows), v.all)
		}
		f.setFilter(filter.Filter{})
		f.setPaused(true)
		settle()
		recorder.Add(sampleEntry(31))
		settle()
		if len(v.rows) != 30 || v.held != 1 {
			t.Errorf("paused: %d rows, %d held", len(v.rows), v.held)
		}
		f.setPaused(false)
		f.clear()
		settle()
		if len(v.rows) != 0 || v.all != 0 {
			t.Errorf("cleared: %d of %d rows", len(v.rows), v.all)
		}
		recorder.Add(sampleEntry(32))
		settle()
		if len(v.rows) != 1 {
			t.Errorf("%d rows after one more request", len(v.rows))
		}
		cancel()
		<-ended
	})
}
