package legacyapi_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

var shapes = []legacyapi.Shape{legacyapi.Small, legacyapi.Wide, legacyapi.Text, legacyapi.Nested, legacyapi.Pretty}

func TestItemsAreJSONObjects(t *testing.T) {
	for _, shape := range shapes {
		t.Run(string(shape), func(t *testing.T) {
			for i := range 2000 {
				item := legacyapi.AppendItem(nil, shape, i)
				if !utf8.Valid(item) {
					t.Fatalf("item %d is not UTF-8: %q", i, item)
				}
				var got struct{ ID int }
				if err := json.Unmarshal(item, &got); err != nil {
					t.Fatalf("item %d: %v: %s", i, err, item)
				}
				if want := i + 1; got.ID != want {
					t.Fatalf("item %d: got id %d, want %d", i, got.ID, want)
				}
			}
		})
	}
}

func TestItemsDependOnTheirNumberOnly(t *testing.T) {
	// The bytes are written out so that a change of the generator shows: other
	// tests and their golden files count on them.
	const want = `{"id":1,"status":"delivered","total":4702.06,"currency":"USD","customer":"C-52564",` +
		`"created_at":"2025-10-10T00:04:25Z","big":9007199254740993}`
	if got := string(legacyapi.AppendItem(nil, legacyapi.Small, 0)); got != want {
		t.Errorf("first item:\n got %s\nwant %s", got, want)
	}
	for _, shape := range shapes {
		apart := legacyapi.AppendItem(nil, shape, 77)
		var row []byte
		for i := range 78 {
			row = legacyapi.AppendItem(row[:0], shape, i)
		}
		if !bytes.Equal(apart, row) {
			t.Errorf("%s: item 77 alone is %s, in a row %s", shape, apart, row)
		}
	}
}

func TestPrettyIsSmallWithSpace(t *testing.T) {
	for i := range 100 {
		var got bytes.Buffer
		if err := json.Compact(&got, legacyapi.AppendItem(nil, legacyapi.Pretty, i)); err != nil {
			t.Fatal(err)
		}
		if want := legacyapi.AppendItem(nil, legacyapi.Small, i); !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("item %d: got %s, want %s", i, got.Bytes(), want)
		}
	}
}

func TestShapesHoldWhatTheyPromise(t *testing.T) {
	many := func(shape legacyapi.Shape) (all []byte) {
		for i := range 200 {
			all = legacyapi.AppendItem(all, shape, i)
		}
		return all
	}
	for _, tc := range []struct {
		shape legacyapi.Shape
		want  []string
	}{
		{legacyapi.Small, []string{`"big":9007199254741391}`}},
		{legacyapi.Wide, []string{`"field_49":`, `:null,`, `:true,`, `:-`, `e-`}},
		{legacyapi.Text, []string{`\"`, `\\`, `\/`, `\b\f `, `\u00e9`, `\ud83d\ude00`, `\ud800 `, "日本", "😀", `]},]}`}},
		{legacyapi.Nested, []string{`[4,[5,[[]]]]`, `{}`, `"none":[]`, `"orders":[{`, `{"a":[{"a":[{"a":[`}},
	} {
		all := many(tc.shape)
		for _, want := range tc.want {
			if !bytes.Contains(all, []byte(want)) {
				t.Errorf("%s: no %s in 200 items", tc.shape, want)
			}
		}
	}
}

func TestNoBigNumberSurvivesAFloat(t *testing.T) {
	for i := range 1000 {
		var item struct{ Big json.Number }
		if err := json.Unmarshal(legacyapi.AppendItem(nil, legacyapi.Small, i), &item); err != nil {
			t.Fatal(err)
		}
		n, err := item.Big.Int64()
		if err != nil {
			t.Fatal(err)
		}
		if int64(float64(n)) == n {
			t.Fatalf("item %d: %d is a float64", i, n)
		}
	}
}

// BenchmarkItems shows that rendering is not what other benchmarks measure: it
// should do 500 MB/s and more.
func BenchmarkItems(b *testing.B) {
	for _, shape := range shapes {
		b.Run(string(shape), func(b *testing.B) {
			var buf []byte
			total := 0
			for i := 0; b.Loop(); i++ {
				buf = legacyapi.AppendItem(buf[:0], shape, i)
				total += len(buf)
			}
			b.SetBytes(int64(total / b.N))
		})
	}
}

// page is the JSON text of orders from up to, but not including, to, as the
// API writes them between the brackets.
func page(shape legacyapi.Shape, from, to int) string {
	var buf []byte
	for i := from; i < to; i++ {
		if i > from {
			buf = append(buf, ',')
		}
		buf = legacyapi.AppendItem(buf, shape, i)
	}
	return string(buf)
}

func envelope(list string, count int) string {
	return `{"api":"legacy","orders":[` + list + `],"generated":"2019-03-07T11:22:33Z","count":` + strconv.Itoa(count) + "}\n"
}
