package list

import (
	"bytes"
)

// Lines of JSON texts (NDJSON, JSON Lines) are read as the elements of an array that
// has no brackets, and a line feed for each comma. To the scanner that array is open
// from the beginning, and it never gets to see a line feed: it is given the line, and
// what the line's end means is decided here.

// resetLines readies f for a body of lines.
func (f *finder) resetLines() {
	f.skim.lines = true
	f.place, f.done, f.watch = inList, true, 1
	f.stack.push(false)
}

// nextLine is next for a body of lines.
func (f *finder) nextLine(p []byte, i int) (int, found, bool) {
	for {
		if !f.skim.on && byteAt(p, i) == '\n' {
			return f.endLine(p, i)
		}
		j, ev := f.readLine(p, i)
		switch ev {
		case evStart:
			return j, itemStart, true
		case evEnd:
			return j, itemEnd, true
		case evComma, evClose:
			f.state = stAfter // still: nothing else may come on this line
			f.fail(j-1, oneText)
			return j, nothing, false
		case evError:
			if f.stack.n == 1 && f.state == stAfter {
				f.err.Msg = oneText
			}
			return j, nothing, false
		}
		if i = j; i == len(p) {
			return i, nothing, true
		}
	}
}

const oneText = "expected the line's end behind an item"

// readLine reads p from i to the next event of the line, or the line's end.
func (f *finder) readLine(p []byte, i int) (int, event) {
	if !f.skim.on {
		return f.scanner.next(p[:f.lineEnd(p, i)], i)
	}
	j, ended := f.skim.next(p, i)
	if n := bytes.IndexByte(p[f.skim.from:j], '\n'); n >= 0 {
		return j, f.fail(f.skim.from+n, lineCut)
	}
	return f.skimmed(p, j, ended)
}

const lineCut = "the line ends within its item"

// lineEnd returns the position of the first line feed from p[i] on, or len(p). A line
// is searched once for all of its events.
func (f *finder) lineEnd(p []byte, i int) int {
	if f.line < f.off+int64(i) {
		n := bytes.IndexByte(p[i:], '\n')
		if n < 0 {
			return len(p)
		}
		f.line = f.off + int64(i+n)
	}
	return int(min(f.line-f.off, int64(len(p))))
}

// endLine reads the line feed p[i].
func (f *finder) endLine(p []byte, i int) (int, found, bool) {
	if f.stack.n == 1 {
		switch f.state {
		case stValue, stAfter:
			f.state = stValue
			return i + 1, itemComma, true
		case stMinus, stZero, stInt, stDot, stFrac, stExp, stExpSign, stExpDigits:
			if j, ev := f.scanner.next(p[:i+1], i); ev == evEnd {
				return j, itemEnd, true
			}
			return i, nothing, false
		}
	}
	f.fail(i, lineCut)
	return i, nothing, false
}

// finishLine tells whether the body may end here, and whether that ends an item: a
// number, of which nobody knows before.
func (f *finder) finishLine() (what found, err error) {
	switch {
	case f.stack.n > 1:
	case f.state == stValue, f.state == stAfter:
		return nothing, nil
	case f.state == stZero, f.state == stInt, f.state == stFrac, f.state == stExpDigits:
		f.valueEnd()
		return itemEnd, nil
	}
	return nothing, &SyntaxError{Offset: f.off, Msg: "the JSON text ends too early"}
}

// closeLines ends the list with the body.
func (r *Reader) closeLines() error {
	what, err := r.find.finishLine()
	if err == nil && what == itemEnd {
		r.endItem(nil, 0, 0)
		err = r.err
	}
	if err != nil {
		r.err = err
		r.failed(nil, 0)
		return err
	}
	r.ended = true
	if r.seek.seeking {
		r.unfound()
	}
	if r.kept > 0 || r.seen == 0 {
		r.out = append(r.out, r.gap...)
	}
	r.gap, r.end = r.gap[:0], len(r.out)
	return nil
}

// endLine gives the last item of the page its line feed, with what stands before that.
// It need not wait for another item, and whoever reads a stream by lines does not
// either.
func (r *Reader) endLine() {
	if !r.openLine {
		return
	}
	r.out = append(r.out, r.gap...)
	r.gap, r.end, r.openLine = r.gap[:0], len(r.out), false
}

// trimLines trims the items of the lines at p[j], as trimRun does it in arrays: as long
// as they are of the page, p holds them whole and their lines begin and end with them.
// It returns the position behind the last of these lines.
func (r *Reader) trimLines(p []byte, j int) int {
	if r.opt.Mask == nil || r.opt.CountOnly || r.keyed() || r.kept == 0 || r.more || len(r.gap) > 0 {
		return j
	}
	walking := false
	for r.kept != r.opt.Limit && byteAt(p, j) == '{' {
		var out []byte
		var end, n int
		out, end, n, walking = r.trim.items(r.out, p, j, j, 1, r.opt.Mask, walking)
		next := end
		if n > 0 && byteAt(p, next) == '\r' {
			next++
		}
		if n == 0 || byteAt(p, next) != '\n' || bytes.IndexByte(p[j:end], '\n') >= 0 ||
			!r.fits(end-j) || !r.streaming && !r.fits(len(out)) {
			r.out = out[:r.end]
			break
		}
		r.out = append(out, p[end:next+1]...)
		r.end = len(r.out)
		r.seen++
		r.kept++
		j = next + 1
	}
	r.trim.letGo()
	return j
}
