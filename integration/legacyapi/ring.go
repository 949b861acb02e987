package legacyapi

// A ring is the text that a list with a Period repeats: its orders, rendered
// once, each behind the separator that stands before it.
type ring struct {
	text []byte
	ends []int // where in the text each order ends
}

// ringKey is what a ring depends on.
type ringKey struct {
	shape  Shape
	lines  bool
	period int
}

// ring returns what the list repeats, or nil if it doesn't. Two requests that
// come first may both render it; they render the same.
func (a *API) ring(o Options) *ring {
	if o.Period == 0 {
		return nil
	}
	key := ringKey{o.Shape, o.Lines, o.Period}
	if kept, ok := a.rings.Load(key); ok {
		return kept.(*ring)
	}
	kept, _ := a.rings.LoadOrStore(key, newRing(o))
	return kept.(*ring)
}

func newRing(o Options) *ring {
	r := &ring{ends: make([]int, o.Period)}
	render := o.Shape.renderer()
	for i := range r.ends {
		r.text = render(o.appendSeparator(r.text, false), i)
		r.ends[i] = len(r.text)
	}
	return r
}

// orders is the text of orders from up to, but not including, to.
func (r *ring) orders(from, to int) []byte {
	begin := 0
	if from > 0 {
		begin = r.ends[from-1]
	}
	return r.text[begin:r.ends[to-1]]
}

// turn sends the list by turning the ring. Nothing is copied on the way to the
// server, and blocks are of the size that a rendered list has.
func (s *stream) turn() error {
	if err := s.write(); err != nil { // what was rendered so far
		return err
	}
	for i := s.from; i < s.to; {
		at := i % len(s.ring.ends)
		n := min(len(s.ring.ends)-at, s.to-i)
		text := s.ring.orders(at, at+n)
		if i == s.from {
			text = text[1:] // nothing stands before the first
		}
		for len(text) > 0 {
			block := text[:min(len(text), blockSize)]
			text = text[len(block):]
			if err := s.r.Context().Err(); err != nil {
				return err
			}
			if _, err := s.out.Write(block); err != nil {
				return err
			}
		}
		i += n
		s.items += n
	}
	s.buf = append(s.buf, s.o.ending(s.from, s.to)...)
	return nil
}
