package legacyapi

import (
	"fmt"
	"strconv"
)

// AppendItem appends the JSON text of order i, counted from 0, to dst. It
// depends on i and the shape alone, so a test can say what the API must have
// sent. An unknown shape is a programming error and panics.
func AppendItem(dst []byte, s Shape, i int) []byte {
	dst, err := s.append(dst, i)
	if err != nil {
		panic(err)
	}
	return dst
}

// append is AppendItem for shapes that came in with a request.
func (s Shape) append(dst []byte, i int) ([]byte, error) {
	render := s.renderer()
	if render == nil {
		return dst, fmt.Errorf("rendering an order: %q is no shape", string(s))
	}
	return render(dst, i), nil
}

// renderer is the function behind a shape; nil if there is none.
func (s Shape) renderer() func(dst []byte, i int) []byte {
	switch s {
	case Small, "":
		return func(dst []byte, i int) []byte { return appendSmall(dst, i, &smallFrame) }
	case Pretty:
		return func(dst []byte, i int) []byte { return appendSmall(dst, i, &prettyFrame) }
	case Wide:
		return appendWide
	case Text:
		return appendText
	case Nested:
		return appendNested
	}
	return nil
}

// A source yields the pseudo-random numbers of one order: SplitMix64, which
// needs no more than the order's number to start from.
type source uint64

func newSource(i int) source { return source(uint64(i+1) * 0x9e3779b97f4a7c15) }

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1, near enough to uniform for a demo.
func (s *source) below(n uint64) uint64 { return s.next() % n }

// A frame is the constant text around the seven values of a small order.
type frame [8]string

var (
	smallFrame = frame{
		`{"id":`, `,"status":"`, `","total":`, `,"currency":"`, `","customer":"C-`, `","created_at":"`, `","big":`, `}`,
	}
	prettyFrame = frame{
		"{\n    \"id\": ", ",\n    \"status\": \"", "\",\n    \"total\": ", ",\n    \"currency\": \"", "\",\n    \"customer\": \"C-",
		"\",\n    \"created_at\": \"", "\",\n    \"big\": ", "\n  }",
	}

	statuses   = [...]string{"new", "paid", "packed", "shipped", "delivered", "returned", "cancelled", "lost"}
	currencies = [...]string{"EUR", "USD", "GBP", "JPY", "CHF", "SEK", "PLN", "BRL"}
)

// firstBig is 2^53+1: the first integer that a float64 cannot hold. Every
// order's "big" is odd and above it, so decoding to a float changes each.
const firstBig = 9007199254740993

func appendSmall(dst []byte, i int, f *frame) []byte {
	src := newSource(i)
	r := src.next()
	dst = append(dst, f[0]...)
	dst = strconv.AppendUint(dst, uint64(i)+1, 10)
	dst = append(dst, f[1]...)
	dst = append(dst, statuses[r&7]...)
	dst = append(dst, f[2]...)
	dst = appendMoney(dst, r>>3&0xfffff)
	dst = append(dst, f[3]...)
	dst = append(dst, currencies[r>>24&7]...)
	dst = append(dst, f[4]...)
	dst = strconv.AppendUint(dst, r>>27&0xffff, 10)
	dst = append(dst, f[5]...)
	dst = appendInstant(dst, src.next())
	dst = append(dst, f[6]...)
	dst = strconv.AppendUint(dst, firstBig+2*uint64(i), 10)
	return append(dst, f[7]...)
}

// appendMoney writes cents with two decimals always: a trailing zero is what a
// decoder and encoder between us and the client would lose.
func appendMoney(dst []byte, cents uint64) []byte {
	dst = strconv.AppendUint(dst, cents/100, 10)
	dst = append(dst, '.')
	return appendTwo(dst, cents%100)
}

// appendInstant writes an RFC 3339 instant made of r's bits; days end at the
// 28th, so that no calendar is needed.
func appendInstant(dst []byte, r uint64) []byte {
	dst = append(dst, '2', '0')
	dst = appendTwo(dst, 10+r%16)
	dst = append(dst, '-')
	dst = appendTwo(dst, 1+r>>8%12)
	dst = append(dst, '-')
	dst = appendTwo(dst, 1+r>>16%28)
	dst = append(dst, 'T')
	dst = appendTwo(dst, r>>24%24)
	dst = append(dst, ':')
	dst = appendTwo(dst, r>>32%60)
	dst = append(dst, ':')
	dst = appendTwo(dst, r>>40%60)
	return append(dst, 'Z')
}

func appendTwo(dst []byte, n uint64) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// wideNames are the texts between the values of a wide order.
var wideNames = func() (names [50]string) {
	names[0] = `{"id":`
	for k := 1; k < len(names); k++ {
		names[k] = fmt.Sprintf(`,"field_%02d":`, k)
	}
	return names
}()

func appendWide(dst []byte, i int) []byte {
	src := newSource(i)
	dst = append(dst, wideNames[0]...)
	dst = strconv.AppendUint(dst, uint64(i)+1, 10)
	for k := 1; k < len(wideNames); k++ {
		dst = append(dst, wideNames[k]...)
		dst = appendScalar(dst, k, src.next())
	}
	return append(dst, '}')
}

// appendScalar writes a value whose kind depends on the field alone, but for
// the nulls, which any field may hold.
func appendScalar(dst []byte, field int, r uint64) []byte {
	if r&15 == 0 {
		return append(dst, "null"...)
	}
	r >>= 4
	switch field % 6 {
	case 0:
		return strconv.AppendInt(dst, int64(r%2_000_000)-1_000_000, 10)
	case 1:
		dst = append(dst, '"')
		dst = append(dst, statuses[r&7]...)
		dst = append(dst, ' ')
		dst = strconv.AppendUint(dst, r>>3&0xffffff, 16)
		return append(dst, '"')
	case 2:
		return appendMoney(dst, r&0xffffff)
	case 3:
		return strconv.AppendBool(dst, r&1 == 0)
	case 4:
		dst = append(dst, '"')
		dst = appendInstant(dst, r)
		return append(dst, '"')
	default:
		dst = strconv.AppendUint(dst, 1+r&0xff, 10)
		dst = append(dst, "e-"...)
		return strconv.AppendUint(dst, r>>8&7, 10)
	}
}
