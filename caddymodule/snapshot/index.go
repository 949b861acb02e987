package snapshot

const (
	// firstStride is of how many items an index first has the place of one: few enough
	// that little is read besides a page, many enough that skimming is not stopped often.
	firstStride = 16

	// maxPlaces is how many places an index has at most: 8 MiB of them.
	maxPlaces = 1 << 20

	chunkPlaces = 1 << 12 // in one piece of memory
)

// A pace says of which items an index has the places: of every stride-th, n of them. The
// stride grows with the list so that there never are more than maxPlaces. The zero pace
// has none yet.
//
//	the next place is that of item n*stride
type pace struct {
	n, stride int64
}

// step makes room for another place, and tells whether every second one had to go.
func (p *pace) step() (thinned bool) {
	switch p.n {
	case 0:
		p.stride = firstStride
	case maxPlaces:
		p.n, p.stride = p.n/2, 2*p.stride
		thinned = true
	}
	p.n++
	return thinned
}

// An index knows where in a body every few items begin. Its memory is bounded, even while
// it grows: it grows by pieces, and is thinned out in place. It is not safe for concurrent
// use.
type index struct {
	pace
	chunks []*[chunkPlaces]int64
}

// add adds the place of item n*stride.
func (x *index) add(at int64) {
	if x.step() {
		x.thin()
	}
	i := x.n - 1
	if i/chunkPlaces == int64(len(x.chunks)) {
		x.chunks = append(x.chunks, new([chunkPlaces]int64))
	}
	*x.place(i) = at
}

func (x *index) place(i int64) *int64 { return &x.chunks[i/chunkPlaces][i%chunkPlaces] }

// thin keeps every second place.
func (x *index) thin() {
	for i := range int64(maxPlaces / 2) {
		*x.place(i) = *x.place(2 * i)
	}
	clear(x.chunks[maxPlaces/2/chunkPlaces:])
	x.chunks = x.chunks[:maxPlaces/2/chunkPlaces]
}

// before finds the last place that is known of an item up to this one. Without any, it is
// item 0 at 0, and false.
func (x *index) before(item int64) (found, at int64, ok bool) {
	if x.n == 0 {
		return 0, 0, false
	}
	i := min(item/x.stride, x.n-1)
	return i * x.stride, *x.place(i), true
}

// behind finds the first place that is known of an item from this one on.
func (x *index) behind(item int64) (found, at int64, ok bool) {
	if x.n == 0 {
		return 0, 0, false
	}
	i := (item + x.stride - 1) / x.stride
	if i >= x.n {
		return 0, 0, false
	}
	return i * x.stride, *x.place(i), true
}
