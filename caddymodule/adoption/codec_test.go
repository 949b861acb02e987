package adoption

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

func samplePeriod(clients int) *Period {
	p := NewPeriod(noon, Hour)
	for i := range clients {
		p.Rows[keyOf(fmt.Sprint("c", i))] = &Usage{Requests: int64(i + 1), First: noon, Last: noon.Add(time.Minute), Phase: "observe"}
	}
	p.Rows[otherOrders] = &Usage{Requests: 7, Affected: 1, Sample: Sample{Time: noon, Path: "/orders"}, First: noon, Last: noon}
	p.Floor["orders"] = 3
	return p
}

func samePeriod(a, b *Period) bool {
	return a.Start.Equal(b.Start) && a.Length == b.Length && maps.Equal(a.Floor, b.Floor) &&
		maps.EqualFunc(a.Rows, b.Rows, func(x, y *Usage) bool { return *x == *y })
}

func TestCodec(t *testing.T) {
	for _, clients := range []int{0, 1, 100} {
		want := samplePeriod(clients)
		data, err := encodeEntry(want, []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		if zipped := bytes.HasPrefix(data, []byte{0x1f, 0x8b}); zipped != (clients == 100) {
			t.Errorf("%d clients: zipped %v", clients, zipped)
		}
		got, merged, err := decodeEntry(data)
		if err != nil || !samePeriod(got, want) || !slices.Equal(merged, []string{"x"}) {
			t.Errorf("%d clients: got %v, %v, %v", clients, got, merged, err)
		}
		for cut := range data {
			if _, _, err := decodeEntry(data[:cut]); err == nil {
				t.Fatalf("%d clients, cut after %d of %d bytes: no error", clients, cut, len(data))
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tc := range []struct{ name, text string }{
		{"nothing", ""},
		{"no object", "[]"},
		{"no version", `{"start":"2030-03-01T12:00:00Z","seconds":3600}`},
		{"no start within the hour", `{"version":1,"start":"2030-03-01T12:30:00Z","seconds":3600}`},
		{"another length", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":60}`},
		{"negative", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":3600,"rows":[{"route":"o","requests":-1}]}`},
		{"more compliant than all", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":3600,"rows":[{"route":"o","requests":1,"compliant":2}]}`},
		{"negative floor", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":3600,"floor":{"o":-1}}`},
		{"a key twice", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":3600,"rows":[{"route":"o","requests":1},{"route":"o","requests":1}]}`},
		{"something behind it", `{"version":1,"start":"2030-03-01T12:00:00Z","seconds":3600}{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if p, _, err := decodeEntry([]byte(tc.text)); err == nil {
				t.Errorf("got %v", p)
			}
		})
	}
	_, _, err := decodeEntry([]byte(`{"version":2}`))
	if !errors.Is(err, errVersion) {
		t.Errorf("another version: got %v", err)
	}
}

// FuzzDecodeEntry: what is decoded is decoded again from its own encoding, and
// anything else is an error and no panic.
func FuzzDecodeEntry(f *testing.F) {
	for _, clients := range []int{0, 1, 100} {
		data, err := encodeEntry(samplePeriod(clients), []string{"x"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(make([]byte, 1<<16))
	_ = w.Close()
	f.Add(zipped.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, merged, err := decodeEntry(data)
		if err != nil {
			return
		}
		again, err := encodeEntry(p, merged)
		if err != nil {
			t.Fatalf("encoding what was decoded: %v", err)
		}
		back, _, err := decodeEntry(again)
		if err != nil || !samePeriod(p, back) {
			t.Fatalf("got %v (%v), want %v", back, err, p)
		}
		p.Merge(back)
		p.Bound(1)
	})
}
