package list

import "math"

// trimRun trims the items that follow at p[j], as long as they are of the page and
// p holds them whole, and returns the position behind the last of them. An item
// costs three events and is skimmed and projected otherwise; here one walk does it
// all, over many items. Whatever is not plain is left to the events, from where it
// begins, as if nothing of it had been read.
func (r *Reader) trimRun(p []byte, j int) int {
	switch {
	case r.kept == r.opt.Limit || byteAt(p, j) != ',' || r.opt.CountOnly || r.keyed():
		return j
	case r.opt.Mask == nil:
		return r.keepRun(p, j)
	case byteAt(p, skipBlanks(p, j+1)) != '{':
		return r.keepRun(p, j)
	}
	walking := false
	for r.kept != r.opt.Limit && byteAt(p, j) == ',' {
		at := blank(p, j+1)
		if byteAt(p, at) != '{' {
			break
		}
		var end, n int
		out := append(r.out, p[j:at]...)
		out, end, n, walking = r.trim.items(out, p, j, at, r.atOnce(len(p)), r.opt.Mask, walking)
		if n == 0 || !r.fits(end-at) || !r.fits(at-j) || !r.streaming && !r.fits(len(out)) {
			r.out = out[:r.end]
			break
		}
		r.out, r.end = out, len(out)
		r.seen += int64(n)
		r.kept += int64(n)
		j = end
	}
	r.trim.letGo()
	return j
}

// atOnce is how many items of a chunk of n bytes may be trimmed before it is asked whether
// each of them fits: all that are of the page, or one.
func (r *Reader) atOnce(n int) int {
	if !r.fits(n) || !r.streaming && !r.fits(len(r.out)+n) {
		return 1
	}
	if r.opt.Limit < 0 {
		return math.MaxInt
	}
	return int(min(r.opt.Limit-r.kept, math.MaxInt))
}

// keepRun is trimRun for items that are kept as they are.
func (r *Reader) keepRun(p []byte, j int) int {
	from := j
	for r.kept != r.opt.Limit && byteAt(p, j) == ',' {
		at := blank(p, j+1)
		if byteAt(p, at) == '{' && r.opt.Mask != nil {
			break
		}
		var end, n int
		r.out, end, n = r.trim.valid(r.out, p, at, r.atOnce(len(p)))
		if n == 0 || !r.fits(end-at) || !r.fits(at-j) || !r.streaming && !r.fits(len(r.out)+end-from) {
			break
		}
		r.seen += int64(n)
		r.kept += int64(n)
		j = end
	}
	r.trim.letGo()
	r.out = append(r.out, p[from:j]...)
	r.end = len(r.out)
	return j
}

// firstRun is keepRun for the first item of a page, which begins at p[at]: by what the lists
// before it were like, it is known what to expect of it. It returns at if it is left to the
// events, which have begun with it.
func (r *Reader) firstRun(p []byte, at int) int {
	if p[at] != '{' || r.kept > 0 || r.keyed() || r.opt.Lines {
		return at
	}
	room, end, n := r.trim.valid(r.out, p, at, r.atOnce(len(p)))
	r.out = room
	if r.trim.letGo(); n == 0 || !r.fits(end-at) || !r.streaming && !r.fits(len(r.out)+end-at) {
		return at
	}
	r.find.passItem()
	r.seen += int64(n - 1)
	r.kept += int64(n - 1)
	return r.endItem(p, at, end)
}

// passRun passes the items at p[j] that nobody gets by, as long as they are strings,
// numbers and literals that end in p with a comma behind them, and returns the
// position behind the last comma. They are checked as ever; what they save is their
// three events, which cost more than they do.
func (r *Reader) passRun(p []byte, j int) int {
	j, passed := passScalars(p, j, r.passing())
	if r.seen += passed; r.opt.CountOnly && !r.more && r.seen > r.opt.Skip {
		r.kept += passed
	}
	return j
}

// passScalars passes at most as many of the items at p[j] that are scalars.
func passScalars(p []byte, j int, most int64) (end int, passed int64) {
	for ; passed < most; passed++ {
		at := skipBlanks(p, j)
		if at == len(p) {
			break
		}
		end := scalarEnd(p, at)
		if end == broken {
			break
		}
		if end = skipBlanks(p, end); byteAt(p, end) != ',' {
			break
		}
		j = end + 1
	}
	return j, passed
}

// passing is how many of the items that follow may be passed by.
func (r *Reader) passing() int64 {
	switch {
	case r.seek.seeking:
		return 0
	case r.seen < r.opt.Skip:
		return r.opt.Skip - r.seen - 1 // behind the last one, white space counts
	case r.more:
		return r.spare()
	case !r.opt.CountOnly:
		return 0
	case r.opt.Limit < 0:
		return math.MaxInt64
	}
	return r.opt.Limit - r.kept
}
