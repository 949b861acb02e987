package snapshot

import (
	"encoding/json"
	"io"
	"testing"
)

// TestWindowIsWhole: wherever a window begins and ends, it is a body by itself.
func TestWindowIsWhole(t *testing.T) {
	r := newRig(t, &memory{}, 0)
	s := r.open(t, key(1), sends(items(5000), 1000))
	defer s.Release()
	await(t, s, -1)
	inner := 0
	for _, first := range []int64{0, 1, 49, 2500, 4990, 4999, 5000} {
		for _, wanted := range []int64{0, 1, 50, 5000} {
			w := s.Window(first, wanted)
			text, err := io.ReadAll(w)
			var all []json.RawMessage
			if err == nil {
				err = json.Unmarshal(text, &all)
			}
			if err != nil || int64(len(all)) != w.Items || int64(len(text)) != w.Size {
				t.Errorf("from %d, %d wanted: %d items in %d bytes (%v), want %d in %d", first, wanted, len(all), len(text), err, w.Items, w.Size)
			}
			if end := w.Offset + w.Items; w.Offset > first || end < min(first+wanted+1, 5000) {
				t.Errorf("from %d, %d wanted: got the items from %d to %d", first, wanted, w.Offset, end)
			} else if w.Offset > 0 && end < 5000 {
				inner++
			}
		}
	}
	if inner == 0 {
		t.Error("no window ends inside of the list: it has to be longer for that")
	}
}
