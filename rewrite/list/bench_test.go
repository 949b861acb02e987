package list

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// shapes are lists as they come, of about 4 MB.
var shapes = []struct {
	name string
	body []byte
}{
	{"small", shape(`{"id":%d,"name":"order","total":12.50,"open":true}`)},
	{"wide", shape(`{"id":%d` + strings.Repeat(`,"member_name":"a value","number":1234.5`, 25) + `}`)},
	{"text", shape(`{"id":%d,"text":"` + strings.Repeat(`The quick brown fox jumps over the lazy dog. `, 40) + `"}`)},
	{"utf8", shape(`{"id":%d,"text":"` + strings.Repeat(`素早い茶色の狐が怠け者の犬を飛び越える。`, 20) + `"}`)},
	{"pretty", shape("\n    {\n        \"id\": %d,\n        \"customer\": {\n            \"name\": \"Jo\",\n            \"tags\": [\n                \"a\",\n                \"b\"\n            ]\n        }\n    }")},
	{"strings", shape(`"release-1.%d-alpine"`)},
	{"nested", shape(`{"id":%d,"a":` + strings.Repeat(`[{"b":`, 20) + "1" + strings.Repeat("}]", 20) + "}")},
}

func shape(item string) []byte {
	b := []byte{'['}
	for i := 0; len(b) < 4<<20; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, item, i)
	}
	return append(b, ']')
}

func bench(b *testing.B, opt Options) {
	for _, shape := range shapes {
		b.Run(shape.name, func(b *testing.B) {
			var r Reader
			b.SetBytes(int64(len(shape.body)))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset(opt)
				r.Stream(false)
				for rest := shape.body; len(rest) > 0; {
					n := min(32<<10, len(rest)) // as a proxy's buffer
					if _, err := r.Write(rest[:n]); err != nil {
						b.Fatal(err)
					}
					r.Take()
					rest = rest[n:]
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSkip finds the items' boundaries, and keeps nothing.
func BenchmarkSkip(b *testing.B) { bench(b, Options{Skip: 1 << 40, Limit: 50}) }

// BenchmarkPage keeps every item.
func BenchmarkPage(b *testing.B) { bench(b, Options{Limit: -1}) }

// BenchmarkMask trims every item.
func BenchmarkMask(b *testing.B) { bench(b, Options{Limit: -1, Mask: mask(b, "id")}) }

// BenchmarkSkipGJSON is gjson's way to find them.
func BenchmarkSkipGJSON(b *testing.B) {
	for _, shape := range shapes {
		b.Run(shape.name, func(b *testing.B) {
			b.SetBytes(int64(len(shape.body)))
			for b.Loop() {
				n := 0
				gjson.ParseBytes(shape.body).ForEach(func(_, _ gjson.Result) bool {
					n++
					return true
				})
				if n == 0 {
					b.Fatal("got no items")
				}
			}
		})
	}
}
