package list

import "github.com/caddy-paginate/caddy-paginate/rewrite/fields"

// trimRun trims the items that follow at p[j], as long as they are of the page and
// p holds them whole, and returns the position behind the last of them. An item
// costs three events and is skimmed and projected otherwise; here one walk does it
// all, over many items. Whatever is not plain is left to the events, from where it
// begins, as if nothing of it had been read.
func (r *Reader) trimRun(p []byte, j int) int {
	if r.opt.Mask == nil || r.opt.CountOnly || r.keyed() {
		return j
	}
	var room fields.Room
	trim := &r.trim
	for walking := false; r.kept != r.opt.Limit && byteAt(p, j) == ','; walking = true {
		at := skipBlanks(p, j+1)
		if byteAt(p, at) != '{' {
			break
		}
		if !walking {
			trim.begin(p, j)
		}
		trim.next() // the comma
		trim.next() // the bracket
		out, end := trim.object(append(r.out, p[j:at]...), at, r.opt.Mask.Root(&room))
		if end == broken || !r.fits(end-at) || !r.fits(at-j) || !r.streaming && !r.fits(len(out)) {
			r.out = out[:r.end]
			break
		}
		r.out, r.end = out, len(out)
		r.seen++
		r.kept++
		j = end
	}
	trim.v = nil // it is the caller's
	return j
}
