package list

import "math"

// on keeps p[mark:j] as what has been found asks for, and returns the new mark.
func (r *Reader) on(what found, p []byte, mark, j int) int {
	switch what {
	case twice:
		r.err = ErrDuplicate
	case listOpen:
		r.keep(p[mark:j])
		r.openList()
		return j
	case itemFirst:
		r.keep(p[mark : j-1])
		r.openList()
		return r.startItem(p, j-1, j)
	case itemStart:
		return r.startItem(p, mark, j)
	case itemEnd:
		return r.endItem(p, mark, j)
	case itemComma:
		r.keep(p[mark:j])
		if r.kept == 0 && r.seen > 0 {
			r.gap = r.gap[:0] // a comma before the first kept item separates nothing
		}
		if r.opt.Lines {
			r.endLine()
			return r.trimLines(p, j)
		}
		return r.passRun(p, j)
	case listClose:
		return r.endList(p, mark, j)
	}
	return mark
}

func (r *Reader) openList() {
	r.seek.prefix, r.end = len(r.out), len(r.out)
	r.begin(toGap)
}

// begin changes what happens to the bytes that follow.
func (r *Reader) begin(dest kept) {
	if r.opt.CountOnly {
		dest = drop
	}
	r.dest = dest
}

// keep puts bytes where they belong.
func (r *Reader) keep(b []byte) {
	switch r.dest {
	case toOut:
		r.out = append(r.out, b...)
	case toItem:
		r.item = append(r.item, b...)
	case toGap:
		r.gap = append(r.gap, b...)
	}
}

// startItem decides about the item whose first byte is p[j-1].
func (r *Reader) startItem(p []byte, mark, j int) int {
	r.seen++
	switch {
	case r.seek.seeking:
		r.keep(p[mark : j-1])
		r.begin(toItem)
		return j - 1
	case r.seen <= r.opt.Skip:
		r.gap = r.gap[:0]
		r.begin(drop)
		r.find.skipItem(p[j-1], r.opt.Skip-r.seen)
		return j
	case r.more:
		r.mayStop()
		r.find.skipItem(p[j-1], r.spare())
		return j
	case r.kept == r.opt.Limit && r.opt.FailOnMore:
		r.failItem(ErrTooMany, nil)
		return j
	case r.kept == r.opt.Limit:
		r.full()
		r.find.skipItem(p[j-1], r.spare())
		return j
	}
	r.keep(p[mark : j-1])
	r.out = append(r.out, r.gap...)
	r.gap = r.gap[:0]
	r.inItem = true
	r.itemAt = len(r.out)
	switch {
	case r.opt.CountOnly:
		r.find.skipItem(p[j-1], r.wanted())
	case r.opt.Mask == nil:
		r.begin(toOut)
		return r.firstRun(p, j-1)
	default:
		r.begin(toItem)
		if p[j-1] == '{' && !r.keyed() {
			r.find.skipItem('{', 0) // what of it is kept, is checked then
		}
	}
	return j - 1
}

// endItem keeps the item that ends before p[j], if it fits.
func (r *Reader) endItem(p []byte, mark, j int) int {
	if !r.inItem && !r.seek.seeking {
		if !r.more && r.seen >= r.opt.Skip {
			r.begin(toGap) // between items that are left out, nothing is kept
		}
		return j
	}
	raw := p[mark:j:j]
	if r.dest == toItem {
		if len(r.item) > 0 {
			r.item = append(r.item, raw...)
			r.item = append(r.item, make([]byte, lookahead)...)[:len(r.item)]
			raw = r.item
		}
		switch {
		case r.seek.seeking && !r.fits(len(raw)):
			r.failItem(ErrTooLarge, nil)
			return j
		case r.seek.seeking:
			r.seekItem(raw)
			r.item = r.item[:0]
			return j
		case !r.fits(len(raw)):
			r.shorten()
			return j
		}
		if r.out, r.find.err = r.trim.alone(r.out, raw, r.opt.Mask); r.find.err != nil {
			r.failItem(r.find.err, raw[:r.find.err.Offset])
			r.find.err.Offset += r.find.off + int64(j-len(raw))
			return j
		}
		r.item = r.item[:0]
	} else {
		r.keep(raw)
		if !r.seek.blind {
			raw = r.out[r.itemAt:]
		}
	}
	if !r.streaming && !r.fits(len(r.out)) {
		r.shorten()
		return j
	}
	if r.keyed() {
		r.seek.take(raw)
	} else {
		r.seek.blind = true
	}
	r.inItem = false
	r.kept++
	r.end = len(r.out)
	r.begin(toGap)
	if r.opt.Lines {
		r.openLine = true
		return j
	}
	return r.trimRun(p, j)
}

// keyed tells whether keys are read from items: of the last one of a page there may
// be need, but nothing follows all of a list that streams.
func (r *Reader) keyed() bool {
	return !r.opt.Key.None() && !(r.streaming && r.opt.Limit < 0)
}

// endList writes the list's end and goes on with what stands behind it.
func (r *Reader) endList(p []byte, mark, j int) int {
	r.ended = true
	if r.seek.seeking {
		r.unfound()
	}
	if r.follows && (r.kept == r.opt.Limit || r.Short()) && !r.more {
		r.more = true
		r.gap = r.gap[:0]
		r.begin(drop)
	}
	r.keep(p[mark : j-1])
	r.out = append(r.out, r.gap...)
	r.gap = r.gap[:0]
	r.end = len(r.out)
	r.begin(toOut)
	return j - 1
}

// full ends the page because of an item behind it. What stands between that item
// and the list's end is left out, so that a page is the same text whether the
// list is read on or not.
func (r *Reader) full() {
	r.more, r.inItem = true, false
	r.item, r.gap = r.item[:0], r.gap[:0]
	r.begin(drop)
	r.mayStop()
}

// Short tells whether the page may end where it is, with fewer items than it could have.
func (r *Reader) Short() bool {
	return r.opt.ShortPage && !r.opt.Lines && !r.streaming && r.kept > 0
}

// Follows tells the reader that an item stands behind the page, be it full or Short, which
// it has not seen and will not see. It is to be called before the list's end is written, at which it takes
// effect: the end of a number is not known before.
func (r *Reader) Follows() { r.follows = true }

// shorten ends the page before the item that does not fit.
func (r *Reader) shorten() {
	if r.kept == 0 || !r.opt.ShortPage || r.streaming {
		r.failItem(ErrTooLarge, nil)
		return
	}
	r.out = r.out[:r.end]
	r.full()
}

// failItem fails because of the item that has begun last, of which this is known to
// be right.
func (r *Reader) failItem(err error, item []byte) {
	r.err, r.pointer = err, r.locateIn(item)
}

// mayStop stops reading behind a full page, where nothing is lost by it or it is
// not wanted.
func (r *Reader) mayStop() {
	if r.opt.Spare > 0 && r.opt.Limit >= 0 {
		// An item has been seen behind Skip, so that nothing here overflows.
		r.overrun = r.seen-r.opt.Skip-r.opt.Limit > r.opt.Spare
		if !r.overrun {
			return
		}
	}
	if r.stops() {
		r.cut()
	}
}

// stops tells whether a full page is ended where no more items are expected.
func (r *Reader) stops() bool {
	alone := r.find.watch == 1 // a list at depth 1 is the root array: nothing can stand behind it
	return r.opt.Stop == StopAlways || r.opt.Stop == StopAlone && alone
}

// skimmed counts items that have begun behind the one that is being read, each of
// them where the one before it has ended.
func (r *Reader) skimmed(n int64) {
	r.seen += n
	if r.inItem {
		r.kept += n
	}
}

// wanted is how many items may follow the one that has begun and still be of the
// page.
func (r *Reader) wanted() int64 {
	if r.opt.Limit < 0 {
		return math.MaxInt64
	}
	return r.opt.Limit - r.kept - 1
}

// spare is how many items may follow the one that has begun, behind the page,
// before mayStop has to be asked again.
func (r *Reader) spare() int64 {
	if r.opt.Spare <= 0 || r.opt.Limit < 0 || r.overrun {
		if r.stops() {
			return 0
		}
		return math.MaxInt64
	}
	return r.opt.Spare - (r.seen - r.opt.Skip - r.opt.Limit)
}

// cut closes the list, and the objects around it, without reading on.
func (r *Reader) cut() {
	r.done = true
	if r.opt.CountOnly || r.opt.Lines {
		return
	}
	r.out = append(r.out, ']')
	for range r.find.watch - 1 {
		r.out = append(r.out, '}')
	}
}

// room is how many more bytes may be kept where bytes are kept now. What follows
// the list has a bound of its own: a page that is shortened to fit leaves next to
// nothing for it.
func (r *Reader) room() int {
	var held int
	switch {
	case r.opt.MaxBytes <= 0 || r.dest == drop:
		return math.MaxInt
	case r.dest == toItem:
		held = len(r.item)
	case r.dest == toGap:
		held = len(r.gap)
	case r.streaming:
		return math.MaxInt
	case r.ended:
		held = len(r.out) - r.end
	default:
		held = len(r.out)
	}
	return r.opt.MaxBytes - held
}

// bound ends the page, or fails, when what is held has grown too large.
func (r *Reader) bound() {
	switch {
	case r.err != nil || r.room() >= 0:
	case !r.find.done && r.seek.seeking:
		r.err = ErrTooLarge // what goes out could not be taken back
	case !r.find.done:
		r.overflow = true
		r.Stream(true)
		if r.opt.LetThrough {
			r.opt.Limit, r.opt.Mask = -1, nil
		}
	case r.inItem:
		r.shorten()
	case r.dest == toItem:
		r.failItem(ErrTooLarge, nil)
	default:
		r.err = ErrTooLarge
	}
}

func (r *Reader) fits(n int) bool { return r.opt.MaxBytes <= 0 || n <= r.opt.MaxBytes }
