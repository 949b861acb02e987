package list

import (
	"fmt"
	"math/rand/v2"
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
		b.Run(shape.name, func(b *testing.B) { benchBody(b, opt, shape.body, false) })
	}
}

func benchBody(b *testing.B, opt Options, body []byte, bytewise bool) {
	var r Reader
	r.find.skim.bytewise, r.trim.bytewise = bytewise, bytewise
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(opt)
		r.Stream(false)
		for rest := body; len(rest) > 0; {
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
}

// BenchmarkSkip finds the items' boundaries, and keeps nothing.
func BenchmarkSkip(b *testing.B) { bench(b, Options{Skip: 1 << 40, Limit: 50}) }

// BenchmarkPage keeps every item.
func BenchmarkPage(b *testing.B) { bench(b, Options{Limit: -1}) }

// BenchmarkMask trims every item.
func BenchmarkMask(b *testing.B) { bench(b, Options{Limit: -1, Mask: mask(b, "id")}) }

// trims are lists of which four fields an item are wanted, of about 4 MB.
var trims = []struct {
	name, mask string
	body       []byte
}{
	{"small", "id,status,total,created_at", orders(func(b []byte, r *rand.Rand) []byte {
		return fmt.Appendf(b, `{"id":%d,"status":"%s","total":%d.%02d,"currency":"EUR","customer":"C-%d","created_at":"2024-%02d-06T07:08:09Z","big":%d}`,
			r.IntN(1e6), status(r), r.IntN(1e4), r.IntN(100), r.IntN(1e5), 1+r.IntN(12), 9007199254740993+r.Int64N(1e6))
	})},
	{"wide", "id,field_13,field_27,field_44", orders(wideOrder)},
	{"text", "id,status,total,author", orders(func(b []byte, r *rand.Rand) []byte {
		b = fmt.Appendf(b, `{"id":%d,"status":"%s","text":"`, r.IntN(1e6), status(r))
		for range 50 + r.IntN(50) {
			b = append(append(b, status(r)...), [...]string{" ", " ", ", ", `\n`, ` \"as they say\" `, ` \u00e9 `, " und überall: "}[r.IntN(7)]...)
		}
		return fmt.Appendf(b, `","total":%d,"author":"Jo","tail":null}`, r.IntN(1e4))
	})},
	{"pretty", "id,status,total,created_at", orders(func(b []byte, r *rand.Rand) []byte {
		return fmt.Appendf(b, "\n  {\n    \"id\": %d,\n    \"status\": \"%s\",\n    \"total\": %d.%02d,\n    \"currency\": \"EUR\",\n    \"customer\": {\n      \"name\": \"C-%d\"\n    },\n    \"created_at\": \"2024-%02d-06T07:08:09Z\",\n    \"big\": %d\n  }",
			r.IntN(1e6), status(r), r.IntN(1e4), r.IntN(100), r.IntN(1e5), 1+r.IntN(12), 9007199254740993+r.Int64N(1e6))
	})},
	{"deep", "id,customer/name,lines/sku,total", orders(func(b []byte, r *rand.Rand) []byte {
		b = fmt.Appendf(b, `{"id":%d,"customer":{"id":%d,"name":"ACME %s","address":{"street":"Main St. %d","geo":{"at":[%d.5,-7.25]}}},"lines":[`, r.IntN(1e6), r.IntN(1e6), status(r), r.IntN(100), r.IntN(90))
		for i := range 1 + r.IntN(4) {
			b = fmt.Appendf(b, `{"sku":"S-%d","qty":%d,"tax":{"rate":19,"zones":["a","b",{"c":[1]}]}},`, i, r.IntN(10))
		}
		return fmt.Appendf(b, `{"sku":"last"}],"total":%d.50,"audit":{"by":{"name":"x","roles":[["a"],["b"]]},"at":null}}`, r.IntN(1e4))
	})},
}

func status(r *rand.Rand) string {
	return [...]string{"new", "paid", "packed", "shipped", "delivered", "returned", "cancelled", "lost"}[r.IntN(8)]
}

// wideOrder has fifty fields of every scalar kind.
func wideOrder(b []byte, r *rand.Rand) []byte {
	b = fmt.Appendf(b, `{"id":%d`, r.IntN(1e6))
	for i := 1; i < 50; i++ {
		b = fmt.Appendf(b, `,"field_%02d":`, i)
		switch kind := i % 6; {
		case r.IntN(16) == 0:
			b = append(b, "null"...)
		case kind == 0:
			b = fmt.Append(b, r.IntN(2e6)-1e6)
		case kind == 1:
			b = fmt.Appendf(b, `"%s %x"`, status(r), r.IntN(1e7))
		case kind == 2:
			b = fmt.Appendf(b, "%d.%02d", r.IntN(1e5), r.IntN(100))
		case kind == 3:
			b = fmt.Append(b, r.IntN(2) == 0)
		case kind == 4:
			b = fmt.Appendf(b, `"2024-%02d-06T07:08:09Z"`, 1+r.IntN(12))
		default:
			b = fmt.Appendf(b, `"%c"`, 'A'+r.IntN(26))
		}
	}
	return append(b, '}')
}

func orders(item func([]byte, *rand.Rand) []byte) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := []byte{'['}
	for len(b) < 4<<20 {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = item(b, r)
	}
	return append(b, ']')
}

// BenchmarkTrim trims every item to four fields.
func BenchmarkTrim(b *testing.B) {
	for _, tc := range trims {
		b.Run(tc.name, func(b *testing.B) {
			benchBody(b, Options{Limit: -1, Mask: mask(b, tc.mask)}, tc.body, false)
		})
	}
}

// BenchmarkTrimPure does it by bytes, as it is done without AVX2.
func BenchmarkTrimPure(b *testing.B) {
	for _, tc := range trims {
		b.Run(tc.name, func(b *testing.B) {
			benchBody(b, Options{Limit: -1, Mask: mask(b, tc.mask)}, tc.body, true)
		})
	}
}

// BenchmarkTrimGJSON is gjson's way to do it: names of paths are looked at only where
// all of the value is wanted.
func BenchmarkTrimGJSON(b *testing.B) {
	for _, tc := range trims {
		b.Run(tc.name, func(b *testing.B) {
			wanted := map[string]bool{}
			for name := range strings.SplitSeq(tc.mask, ",") {
				name, _, _ = strings.Cut(name, "/")
				wanted[name] = true
			}
			var dst []byte
			b.SetBytes(int64(len(tc.body)))
			for b.Loop() {
				dst = dst[:0]
				gjson.ParseBytes(tc.body).ForEach(func(_, item gjson.Result) bool {
					dst = append(dst, '{')
					item.ForEach(func(name, value gjson.Result) bool {
						if wanted[name.Str] {
							dst = append(append(append(append(dst, name.Raw...), ':'), value.Raw...), ',')
						}
						return true
					})
					dst = append(dst, '}', ',')
					return true
				})
			}
		})
	}
}

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
