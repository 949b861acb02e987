package snapshot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A snapshot ends when it has not been used for its time to live, or is too old, whether it
// is swept away or asked for.
func TestExpiry(t *testing.T) {
	for _, tc := range []struct {
		name  string
		hold  bool // somebody uses it
		pass  []time.Duration
		touch bool // use it in between
		gone  Reason
	}{
		{"in time", false, []time.Duration{59 * time.Second}, true, ""},
		{"unused", false, []time.Duration{time.Minute}, false, Unused},
		{"used in between", false, []time.Duration{40 * time.Second, 40 * time.Second}, true, ""},
		{"in use", true, []time.Duration{10 * time.Minute}, false, ""},
		{"too old", false, []time.Duration{50 * time.Second, 50 * time.Second, 50 * time.Second}, true, Aged},
		{"too old, and in use", true, []time.Duration{time.Hour}, false, Aged},
	} {
		for _, sweep := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				r := newRig(t, fileStore(t), 0)
				if tc.gone == Aged && !tc.hold {
					r.policy.MaxAge = 2 * time.Minute
				}
				s, err := r.Open(t.Context(), key(1), r.policy, Label{}, sends(items(100), 64))
				if err != nil {
					t.Fatal(err)
				}
				await(t, s, -1)
				if defer1 := s.Release; tc.hold {
					defer defer1()
				} else {
					defer1()
				}
				for _, d := range tc.pass {
					r.clock.pass(d)
					if tc.touch {
						if again := r.Get(t.Context(), key(1), r.policy); again != nil {
							again.Release()
						}
					}
				}
				if sweep {
					r.sweep()
				}
				got := r.Get(t.Context(), key(1), r.policy)
				if got != nil {
					got.Release()
				}
				if (got == nil) != (tc.gone != "") {
					t.Errorf("swept %t: found %t", sweep, got != nil)
				}
				if tc.gone != "" && r.witness.of("removed: "+string(tc.gone)) != 1 {
					t.Errorf("swept %t: told %v", sweep, r.witness)
				}
				if tc.hold { // who has it may go on
					if got, _ := page(t, s, 98, 1); got != `[ {"id":98,"name":"item 98"}]` {
						t.Errorf("got %q", got)
					}
				}
			})
		}
	}
}

// A snapshot of which nobody wants anything any more is not read on, and leaves nothing.
func TestAbandoned(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	f := newFeed(t)
	s, err := r.Open(t.Context(), key(1), r.policy, Label{}, f.read)
	if err != nil {
		t.Fatal(err)
	}
	f.chunks <- `[1,2,3,`
	await(t, s, 3)
	s.Release()
	r.clock.pass(time.Minute)
	r.sweep()
	if err := <-f.ended; err == nil {
		t.Error("the reading was not told")
	}
	if alive, bytes := r.witness.held(); alive != 0 || bytes != 0 {
		t.Errorf("%d snapshots of %d bytes are left", alive, bytes)
	}
}

// Where each has a file open there is a bound to how many there are, however small they are:
// the one that nobody has used for the longest time goes.
func TestMostFiles(t *testing.T) {
	r := newRig(t, new(memory), 0)
	const more = 10
	name := func(n int) Key { return Key{byte(n), byte(n >> 8)} }
	for n := range mostFiles + more {
		s := r.open(t, name(n), sends("[1]", 64))
		await(t, s, -1)
		s.Release()
		r.clock.pass(time.Millisecond)
	}
	if alive, _ := r.witness.held(); alive != mostFiles || r.witness.of("removed: "+string(Evicted)) != more {
		t.Errorf("%d snapshots are left, want %d: %v", alive, mostFiles, r.witness)
	}
	for n, want := range map[int]bool{0: false, more - 1: false, more: true, mostFiles + more - 1: true} {
		s := r.Get(t.Context(), name(n), r.policy)
		if (s != nil) != want {
			t.Errorf("snapshot %d: got %t, want %t", n, s != nil, want)
		}
		if s != nil {
			s.Release()
		}
	}
}

// Those who wait for a snapshot that is dropped are told, and the next one begins anew.
func TestDropped(t *testing.T) {
	for _, tc := range []struct {
		name string
		drop func(*rig, *Snapshot)
	}{
		{"by its user", func(_ *rig, s *Snapshot) { s.Drop() }},
		{"by an operator", func(r *rig, s *Snapshot) {
			if n := r.Drop(func(i Info) bool { return i.ID == s.ID() && i.Label.Route == "r" }); n != 1 {
				t.Errorf("dropped %d", n)
			}
		}},
		{"by the end", func(r *rig, _ *Snapshot) { r.Close() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, fileStore(t), 0)
			f := newFeed(t)
			s := r.open(t, key(1), f.read)
			f.chunks <- `[1,2,3,`
			await(t, s, 3)
			waiting := make(chan error)
			go func() {
				_, err := awaited(t, s, 4)
				waiting <- err
			}()
			eventually(t, "somebody waits", func() bool { return s.e.wanted.Load() == 4 })
			tc.drop(r, s)
			if err := <-waiting; !errors.Is(err, ErrGone) || !FallsBack(err) {
				t.Errorf("who waited got %v", err)
			}
			<-f.ended
			if got, more := page(t, s, 0, 2); got != "[1,2]" || !more {
				t.Errorf("what has been read is %q", got)
			}
			again, err := r.Open(t.Context(), key(1), r.policy, Label{}, sends("[4]", 1))
			switch {
			case tc.name == "by the end":
				if !errors.Is(err, ErrGone) {
					t.Errorf("opened behind the end: %v", err)
				}
			case err != nil || !again.Began():
				t.Errorf("opened again: %v", err)
			default:
				again.Release()
			}
		})
	}
}

// A body that fails spoils the snapshot, but not what came of it before.
func TestFailing(t *testing.T) {
	upstream := errors.New("the upstream broke off")
	for _, tc := range []struct {
		name, body string
		end        error
		is         error
		falls      bool
		refused    bool
	}{
		{"the upstream", `[1,2,3,`, upstream, upstream, false, false},
		{"too early", `[1,2,3,`, nil, &list.SyntaxError{}, false, false},
		{"no JSON", `[1,2,3,,`, nil, &list.SyntaxError{}, false, false},
		{"two lists", `{"a":[{},{},{}],"a":[]}`, nil, list.ErrDuplicate, false, false},
		{"no list", `{"error":"none"}`, nil, ErrUnsuitable, true, true},
		{"unsuitable", ``, ErrUnsuitable, ErrUnsuitable, true, true},
		{"no word", ``, ErrUnfinished, ErrUnfinished, false, false},
		{"too large", `[1,2,3,` + strings.Repeat(" ", 100), nil, ErrTooLarge, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, fileStore(t), 0)
			r.policy.MaxSize = 50
			s := r.open(t, key(1), func(_ context.Context, rec *Recorder) {
				err := rec.Begin(nil, list.Path{}, false)
				for at := 0; at < len(tc.body) && err == nil; at++ {
					_, err = rec.Write([]byte{tc.body[at]})
				}
				if err == nil {
					err = tc.end
				}
				if !errors.Is(tc.end, ErrUnfinished) {
					rec.End(err)
				}
			})
			_, err := awaited(t, s, -1)
			if syntax, want := new(list.SyntaxError), new(list.SyntaxError); errors.As(tc.is, &want) {
				if !errors.As(err, &syntax) {
					t.Errorf("got %v", err)
				}
			} else if !errors.Is(err, tc.is) {
				t.Errorf("got %v, want %v", err, tc.is)
			}
			if FallsBack(err) != tc.falls {
				t.Errorf("falls back: %t", !tc.falls)
			}
			if strings.HasPrefix(tc.body, "[1,2,3,") {
				if got, more := page(t, s, 1, 1); got != "[2]" || !more {
					t.Errorf("what came before is %q", got)
				}
			}
			if r.Get(t.Context(), key(1), r.policy) != nil {
				t.Error("it is found")
			}
			if alive, bytes := r.witness.held(); alive != 0 || bytes != 0 || r.witness.of("removed: broken") != 1 {
				t.Errorf("%d snapshots of %d bytes are left, told %v", alive, bytes, r.witness)
			}
			// What cannot be kept is not read in vain again for a while.
			for _, pass := range []time.Duration{0, time.Minute} {
				r.clock.pass(pass)
				again, err := r.Open(t.Context(), key(1), r.policy, Label{}, sends("[]", 9))
				if refused := pass == 0 && tc.refused; (err != nil) != refused || refused && !errors.Is(err, tc.is) {
					t.Errorf("%v later: %v", pass, err)
				}
				if err == nil {
					await(t, again, -1)
					again.Drop()
					again.Release()
				}
			}
		})
	}
}

// What a reading panics with goes to those who wait, and no further.
func TestPanic(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	s := r.open(t, key(1), func(context.Context, *Recorder) { panic("oops") })
	if _, err := awaited(t, s, 1); err == nil || err.Error() != "reading the upstream: panic: oops" {
		t.Errorf("got %v", err)
	}
}

// Of what takes too much room together, that which has not been used for the longest time
// goes, but nothing that somebody has just begun to use.
func TestEviction(t *testing.T) {
	body := "[" + strings.Repeat(" ", 98) + "]"
	r := newRig(t, fileStore(t), 350)
	fill := func(n byte) *Snapshot {
		t.Helper()
		r.clock.pass(time.Second)
		s, err := r.Open(t.Context(), key(n), r.policy, Label{}, sends(body, 100))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Release)
		return s
	}
	alive := func() (keys string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for n := range byte(9) {
			if r.table[key(n)] != nil {
				keys += string('0' + n)
			}
		}
		return keys
	}
	done := func(s *Snapshot) *Snapshot {
		t.Helper()
		await(t, s, -1)
		return s
	}
	done(fill(1)).Release()
	done(fill(2)).Release()
	done(fill(3)).Release()
	r.clock.pass(time.Second)
	r.Get(t.Context(), key(1), r.policy).Release()
	done(fill(4))
	if got := alive(); got != "134" {
		t.Errorf("2 has not been used for the longest time; left are %s", got)
	}
	done(fill(5))
	done(fill(6))
	if got := alive(); got != "456" {
		t.Errorf("3 and 1 are next; left are %s", got)
	}
	if _, err := awaited(t, fill(7), -1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("all are young and in use: got %v", err)
	}
	if got := alive(); got != "456" {
		t.Errorf("left are %s", got)
	}
	r.clock.pass(moment)
	done(fill(8))
	if got := alive(); got != "568" {
		t.Errorf("4 is next; left are %s", got)
	}
	if n := r.witness.of("removed: evicted"); n != 4 {
		t.Errorf("%d were evicted", n)
	}
	if alive, bytes := r.witness.held(); alive != 3 || bytes != 300 {
		t.Errorf("%d of %d bytes are there", alive, bytes)
	}
}

// An operator sees what there is.
func TestList(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	s := r.open(t, key(1), sends(items(40), 50))
	await(t, s, -1)
	s.Release()
	r.clock.pass(time.Second)
	f := newFeed(t)
	reading := r.open(t, key(2), f.read)
	f.chunks <- `[1,2,`
	await(t, reading, 2)
	born := newClock().Now()
	want := []Info{
		{ID: s.ID(), Label: Label{"r", "/p"}, Born: born, Used: born, Size: int64(len(items(40))), Items: 40, Done: true},
		{ID: reading.ID(), Label: Label{"r", "/p"}, Born: born.Add(time.Second), Used: born.Add(time.Second), Size: 5, Items: 2, InUse: true},
	}
	got := r.List()
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
