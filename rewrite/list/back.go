package list

// A rear is the page so far of a reader that looks for the item which the page ends before:
// of the items that were read, the last ones. A ring tells where they are in Reader.out,
// and their keys:
//
//	item(0).at <= ... <= item(n-1).at; what stands between the list's bracket and
//	item(0).at is garbage, and no more of it than of the items
//
// If the item has gone from a list in the order of its keys, the page ends before the first
// item that would stand behind it. Whether it has gone, and whether the list is in that
// order, is only known at the list's end: until then that page is kept beside.
type rear struct {
	ring []rearItem
	head int
	n    int

	gone  bool   // a page is kept that ends where the item would stand
	text  []byte // its items
	kept  int64  // how many these are
	start int64  // how many stand before it
	first []byte // the keys of its ends
	last  []byte
}

type rearItem struct {
	at  int
	key []byte // empty: it has none
}

func (b *rear) reset() { b.head, b.n, b.gone = 0, 0, false }

func (b *rear) item(i int) *rearItem { return &b.ring[(b.head+i)%len(b.ring)] }

func (b *rear) push(at int, key []byte) {
	if b.n == len(b.ring) {
		grown := make([]rearItem, max(16, 2*b.n))
		for i := range b.n {
			grown[i] = *b.item(i)
		}
		b.ring, b.head = grown, 0
	}
	b.n++
	added := b.item(b.n - 1)
	added.at, added.key = at, append(added.key[:0], key...)
}

func (b *rear) pop() {
	b.head = (b.head + 1) % len(b.ring)
	b.n--
}

// ends copies the keys of the first and the last item.
func (b *rear) ends(first, last []byte) (f, l []byte) {
	if b.n == 0 {
		return first[:0], last[:0]
	}
	return append(first[:0], b.item(0).key...), append(last[:0], b.item(b.n-1).key...)
}

// backItem looks at an item while the one is being sought that the page ends before. gap
// holds what stands before it.
func (r *Reader) backItem(item, key []byte, ok bool) {
	s, b := &r.seek, &r.seek.rear
	if ok && s.mark.is(key) {
		s.found, s.seeking = true, false
		s.first, s.last = b.ends(s.first, s.last)
		s.taken = b.n > 0
		r.backPage(r.backText(), r.seen-1-int64(b.n))
		r.full()
		return
	}
	was := s.mark.order
	s.follow(key, ok, r.seen-1)
	switch is := s.mark.order; {
	case is == unordered:
		b.gone = false
	case is == unknown || b.gone:
	case was == unknown && s.begins(b.item(b.n-1).key, true, 0):
		b.save(nil, 0) // the first item stands behind it already
	case s.begins(key, ok, 0):
		b.save(r.backText(), r.seen-1)
	}
	if !ok {
		key = nil
	}
	r.backKeep(item, key)
}

// backText is the items of the page so far.
func (r *Reader) backText() []byte {
	if b := &r.seek.rear; b.n > 0 {
		return r.out[b.item(0).at:]
	}
	return nil
}

// save keeps a page that ends where the item would stand that has gone, behind the at-th
// item.
func (b *rear) save(text []byte, at int64) {
	b.gone, b.text, b.kept = true, append(b.text[:0], text...), 0
	if len(text) > 0 {
		b.kept = int64(b.n)
	}
	b.start = at - b.kept
	b.first, b.last = b.ends(b.first, b.last)
}

// backGone ends the search at the list's end.
func (r *Reader) backGone() {
	s, b := &r.seek, &r.seek.rear
	before := b.start+b.kept == 0 // all items
	if s.lost = !b.gone || before && s.mark.text != "" && !s.mark.like(s.head); s.lost {
		return
	}
	s.first, s.last, s.taken = append(s.first[:0], b.first...), append(s.last[:0], b.last...), b.kept > 0
	r.kept = b.kept
	r.backPage(b.text, b.start)
	r.gap = r.gap[:0]
	r.begin(drop)
}

// backPage makes these items the page.
func (r *Reader) backPage(items []byte, start int64) {
	r.out = append(r.out[:r.seek.prefix], items...)
	r.end, r.start = len(r.out), start
}

// backKeep adds an item to the page so far, and drops those for which there is no place
// any more.
func (r *Reader) backKeep(item, key []byte) {
	b := &r.seek.rear
	if b.n > 0 {
		r.out = append(r.out, r.gap...)
	}
	r.gap = r.gap[:0]
	at := len(r.out)
	r.out = r.trim.projectValid(r.out, item, r.opt.Mask)
	b.push(at, key)
	for r.opt.Limit >= 0 && int64(b.n) > r.opt.Limit && b.n > 1 {
		b.pop()
	}
	prefix := r.seek.prefix
	for !r.fits(prefix + len(r.out) - b.item(0).at) {
		if b.n == 1 || !r.opt.ShortPage {
			r.failItem(ErrTooLarge, nil)
			return
		}
		b.pop()
	}
	if garbage := b.item(0).at - prefix; garbage > len(r.out)-b.item(0).at {
		r.out = append(r.out[:prefix], r.out[b.item(0).at:]...)
		for i := range b.n {
			b.item(i).at -= garbage
		}
	}
	r.kept, r.end, r.openLine = int64(b.n), len(r.out), r.opt.Lines
	r.begin(toGap)
}
