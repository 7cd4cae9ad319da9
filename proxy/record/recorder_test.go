package record

import (
	"fmt"
	"sync"
	"testing"
)

func ids(list []*Entry) string {
	s := ""
	for _, e := range list {
		s += fmt.Sprintf("%d%s ", e.ID, e.State[:1])
	}
	return s
}

func TestSinceGivesWhatIsNew(t *testing.T) {
	r := New(3)
	add := func() uint64 { return r.Add(&Entry{State: Open}) }
	a, b := add(), add()
	list, rev := r.Since(0)
	if got := ids(list); got != "1o 2o " {
		t.Fatal(got)
	}
	if list, again := r.Since(rev); list != nil || again != rev {
		t.Fatalf("nothing happened, but %v", ids(list))
	}
	r.Update(&Entry{ID: a, State: Done})
	list, rev = r.Since(rev)
	if got := ids(list); got != "1d " {
		t.Fatal(got)
	}
	add()
	add()
	r.Update(&Entry{ID: a, State: Done}) // has fallen out
	list, rev = r.Since(rev)
	if got := ids(list); got != "3o 4o " {
		t.Fatal(got)
	}
	if list, _ := r.Since(0); ids(list) != "2o 3o 4o " {
		t.Fatal(ids(list))
	}
	r.Clear()
	r.Update(&Entry{ID: b, State: Done}) // was cleared
	if list, _ := r.Since(rev); list != nil {
		t.Fatal(ids(list))
	}
	add()
	if list, _ := r.Since(rev); ids(list) != "5o " {
		t.Fatal(ids(list))
	}
}

func TestOneWakeUpForManyStores(t *testing.T) {
	r := New(10)
	wake, cancel := r.Subscribe()
	for range 5 {
		r.Add(&Entry{})
	}
	<-wake
	select {
	case <-wake:
		t.Fatal("a second wake-up for the same news")
	default:
	}
	cancel()
	r.Add(&Entry{})
	select {
	case <-wake:
		t.Fatal("woken after cancel")
	default:
	}
}

func TestBodiesStayInBudget(t *testing.T) {
	r := New(10_000)
	const n = BodyBudget/BodyLimit + 100
	for range n {
		id := r.Add(&Entry{State: Open})
		r.Update(&Entry{ID: id, State: Done, Response: Message{Body: make([]byte, BodyLimit)}})
	}
	list, _ := r.Since(0)
	total := 0
	for _, e := range list {
		total += len(e.Response.Body)
	}
	if len(list) != n || total > BodyBudget || total < BodyBudget-BodyLimit {
		t.Errorf("%d entries with %d bytes", len(list), total)
	}
	if len(list[0].Response.Body) != 0 || len(list[n-1].Response.Body) == 0 {
		t.Error("not the oldest gave up theirs")
	}
}

// An old exchange that ends late does not take room from newer ones.
func TestLateBodyStaysInBudget(t *testing.T) {
	r := New(2 * BodyBudget / BodyLimit)
	slow := &Entry{State: Open}
	slow.ID = r.Add(slow)
	body := make([]byte, BodyLimit)
	for range BodyBudget/BodyLimit + 1 {
		r.Add(&Entry{State: Done, Response: Message{Body: body}})
	}
	slow.State, slow.Response.Body = Done, body
	r.Update(slow)
	kept := 0
	list, _ := r.Since(0)
	for _, e := range list {
		kept += len(e.Response.Body)
	}
	if kept > BodyBudget || len(list[0].Response.Body) > 0 || len(list[len(list)-1].Response.Body) == 0 {
		t.Errorf("%d bytes kept, %d of them of the oldest", kept, len(list[0].Response.Body))
	}
}

func TestConcurrentUse(t *testing.T) {
	r := New(50)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id := r.Add(&Entry{State: Open})
				r.Update(&Entry{ID: id, State: Done})
			}
		})
	}
	wake, cancel := r.Subscribe()
	defer cancel()
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	var rev uint64
	for running := true; running; {
		select {
		case <-wake:
		case <-done:
			running = false
		}
		list, next := r.Since(rev)
		for i, e := range list {
			if e.Rev <= rev || i > 0 && list[i-1].ID >= e.ID {
				t.Fatal("not new, or out of order")
			}
		}
		rev = next
	}
	if list, _ := r.Since(0); len(list) != 50 || list[49].ID != 4000 {
		t.Errorf("%d entries", len(list))
	}
}
