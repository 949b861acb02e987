package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// FuzzWindow takes a body down in any chunks, and compares pages of it with what a plain
// model cuts.
func FuzzWindow(f *testing.F) {
	for _, body := range []string{
		items(100), "[]", "[1,2,3]", "[ {} , {}\n]\n", `["a","b]",null,[1],[],{}]`, `[1,2`, `[1,,2]`, `[{"a":}]`,
	} {
		f.Add(body, uint64(1))
	}
	store := &memory{}
	f.Fuzz(func(t *testing.T, body string, seed uint64) {
		r := newRig(t, store, 0)
		rnd := rand.New(rand.NewPCG(seed, 6))
		s := r.open(t, key(1), func(_ context.Context, rec *Recorder) {
			err := rec.Begin(nil, list.Path{}, false)
			for rest := body; rest != "" && err == nil; {
				n := min(len(rest), 1+rnd.IntN(1<<rnd.IntN(12)))
				_, err = rec.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			rec.End(err)
		})
		st, err := awaited(t, s, -1)
		var want []json.RawMessage
		wrong := json.Unmarshal([]byte(body), &want)
		switch {
		case err != nil && wrong == nil && body[0] == '[' && utf8.ValidString(body):
			t.Fatalf("%q: %v", body, err)
		case err != nil || wrong != nil:
			return // an error in an item is found when a page has it
		case int64(len(want)) != st.Items:
			t.Fatalf("%q: %d items, want %d", body, st.Items, len(want))
		}
		first := rnd.Int64N(st.Items + 2)
		limit := rnd.Int64N(40)
		got, more := page(t, s, first, limit)
		var have []json.RawMessage
		if err := json.Unmarshal([]byte(got), &have); err != nil {
			t.Fatalf("%q, from %d, limit %d: %q: %v", body, first, limit, got, err)
		}
		from := min(first, st.Items)
		to := min(from+limit, st.Items)
		if more != (to < st.Items && from < st.Items) || int64(len(have)) != to-from {
			t.Fatalf("%q, from %d, limit %d: %d items, more %t", body, first, limit, len(have), more)
		}
		for i := range have {
			if !bytes.Equal(have[i], want[from+int64(i)]) {
				t.Fatalf("%q, from %d, limit %d: item %d is %q, want %q", body, first, limit, i, have[i], want[from+int64(i)])
			}
		}
	})
}
