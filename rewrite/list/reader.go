package list

import (
	"bytes"
	"errors"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

// Options say where a body's list is and what of it to keep.
type Options struct {
	// Path is where the list is. Default: automatic.
	Path Path

	// Lines: the body is no JSON text but a sequence of them, each on a line of its
	// own (NDJSON, JSON Lines), whatever Path says. Every line is an item of the list,
	// except empty ones; the last one need not have a line feed. Default: one text.
	Lines bool

	// Skip is how many items to leave out before the page. What stands between
	// them is left out too.
	Skip int64

	// Key identifies items, so that Next can mark the last one of the page.
	// Default: none.
	Key Key

	// After is the item behind which the page begins, wherever it is now. Skip is
	// then only where it once began. Default: Skip alone counts.
	After Mark

	// Before is, in place of After and Skip, the item that the page ends before: the
	// page is the last Limit items up to that one. Default: none.
	Before Mark

	// Limit is how many items to keep; negative for all.
	Limit int64

	// Mask trims every kept item, or the root object of a body without a list.
	// Default: items are kept whole.
	Mask *fields.Mask

	// MaxBytes bounds what is held: the page with what stands before the list,
	// and, apart from it, what stands behind. 0 is no bound, for callers that take
	// bytes out as they come.
	MaxBytes int

	// ShortPage allows to end a page before Limit items when the next one does
	// not fit in MaxBytes. Otherwise that is [ErrTooLarge].
	ShortPage bool

	// Spare is how many items behind the page are expected, because the upstream
	// was asked for them: they are read rather than stopped at, so that its
	// connection lives on. Overrun tells if there were more. Default: the first
	// item behind the page is enough to stop.
	Spare int64

	// FailOnMore makes an item beyond Limit an error, [ErrTooMany], instead of
	// the end of the page: for bodies of which a part has already gone out.
	FailOnMore bool

	// Stop says when the page may be ended before the body has been read to its
	// end. Default: never. The page is the same text either way, save for what
	// stands behind the list.
	Stop Stop

	// LetThrough gives up cutting a body that shows no list within MaxBytes: it is
	// kept whole. Otherwise an item beyond Limit is then an error, ErrTooMany.
	LetThrough bool

	// CountOnly keeps nothing: the reader only follows a body that goes another
	// way. It looks inside of no item.
	CountOnly bool
}

// A Stop says when a full page may be ended without reading on.
type Stop uint8

const (
	// StopNever reads the body to its end: the list is counted, and what stands
	// behind it is kept.
	StopNever Stop = iota

	// StopAlone stops when nothing but the rest of the list is lost: at a root
	// array.
	StopAlone

	// StopAlways stops at a list inside an object too: members behind it are lost.
	StopAlways
)

// A Status says how far a page has come.
type Status uint8

const (
	// Reading: the page may go on with the next chunk, or ends with the body.
	Reading Status = iota

	// Done: the page is complete and an item behind it has been seen. Nothing
	// more needs to be written.
	Done

	// Overflow: no list has been found within MaxBytes. The bound has been lifted
	// as Stream(true) does it: the caller takes bytes out from now on, or gives
	// up. It is told once, with the chunk in which it happened.
	Overflow
)

// A kept says what happens to the bytes that are being read.
type kept uint8

const (
	drop   kept = iota // left out
	toOut              // kept as they are
	toItem             // an item to be trimmed
	toGap              // between items: kept if another kept item, or the end, follows
)

// A Reader keeps one page of a body that is written to it in chunks. The zero
// Reader must be Reset before use. It is not safe for concurrent use.
//
// A page is assembled in out: what stands before the list and its bracket, the
// kept items with the bytes between them, and, once the list has ended, what
// stands behind it. item holds a part of an item that goes on in the next chunk
// and is to be trimmed; gap the bytes behind the last item, empty where bytes
// are kept elsewhere.
//
//	0 <= end <= len(out)
//	out[:end] ends with a complete item; once the list has ended, before its ']'
//	len(out)-end, item and gap grow with the bytes read, out[:end] with items
//
// Bounds are met at a byte of the body, not at a chunk's end: what comes out,
// errors too, does not depend on how the body was cut.
type Reader struct {
	opt  Options
	find finder
	seek seeker
	trim projector
	out  []byte
	item []byte
	gap  []byte
	progress
}

// A progress is how far a Reader has come with a body. The zero progress is that of one
// which has not begun.
type progress struct {
	end       int
	dest      kept
	start     int64 // items before the page
	itemAt    int   // where in out the item begins that is being read
	seen      int64 // items that have begun
	kept      int64 // items of the page that are complete
	inItem    bool  // an item of the page is being read
	openLine  bool  // the line feed of the page's last item has not come yet
	more      bool  // an item behind the page, or one that does not fit in it, has begun
	follows   bool  // an item stands behind the page, although the list ends there
	ended     bool  // the list's ']' has been read
	overrun   bool  // items came behind those that were expected
	done      bool  // the page was ended before the body
	overflow  bool  // this chunk has lifted the bound
	streaming bool  // the caller takes bytes out as they come
	err       error
	pointer   string // to where err is
}

// Reset readies r for another body. Buffers are kept for it.
func (r *Reader) Reset(opt Options) {
	r.find.reset(opt.Path, opt.Lines)
	if opt.CountOnly {
		opt.Key, opt.After, opt.Before = Key{}, Mark{}, Mark{}
	}
	r.seek.reset(opt.Key, opt.After, opt.Before, opt.Skip)
	if r.trim.tmpl != nil {
		r.trim.tmpl.forget(opt.Mask)
	}
	if r.seek.seeking {
		opt.Skip = 0
	}
	// In place: copying a Reader costs more than a small body does.
	r.opt, r.progress = opt, progress{start: opt.Skip}
	r.out, r.item, r.gap = r.out[:0], r.item[:0], r.gap[:0]
	if r.begin(toOut); opt.Lines {
		r.openList()
	}
}

// Recycle drops buffers that have grown beyond limit bytes, so that a Reader
// kept for another body does not keep the memory of the largest it ever read.
// Only Reset may follow.
func (r *Reader) Recycle(limit int) {
	for _, b := range []*[]byte{&r.out, &r.item, &r.gap, &r.seek.rear.text} {
		if cap(*b) > limit {
			*b = nil
		}
	}
	const perItem = 64
	if perItem*cap(r.seek.rear.ring) > limit {
		r.seek.rear.ring = nil
	}
	for _, s := range []*bits{&r.find.stack, &r.trim.check.stack} {
		if 8*cap(s.words) > limit {
			s.words = nil
		}
	}
}

// Write reads a chunk of the body. After Done, chunks are ignored. After an
// error, every Write returns it: a [SyntaxError], [ErrTooLarge], [ErrDuplicate]
// or [ErrTooMany].
func (r *Reader) Write(p []byte) (Status, error) {
	r.overflow = false
	if r.done || r.err != nil {
		return r.status(), r.err
	}
	i, mark := 0, 0 // p[i:] has not been read yet, p[mark:] is in no buffer
	for more := true; more && !r.done && r.err == nil; {
		end := len(p)
		if room := r.room(); room < end-mark {
			end = mark + room + 1 // the byte too much, so that the bound is met there
		}
		j, what, ok := r.find.next(p[:end], i)
		r.skimmed(r.find.skim.take())
		if !ok {
			r.err = r.find.err
			break
		}
		if what == nothing {
			r.keep(p[mark:j])
			mark, more = j, j < len(p)
		} else {
			mark = r.on(what, p, mark, j)
		}
		i = max(j, mark) // more, if several items have been read at once
		r.bound()
	}
	if r.err != nil {
		r.failed(p, mark)
	}
	if r.find.off += int64(i); r.err != nil && r.find.err != nil {
		r.find.off = r.find.err.Offset
	}
	return r.status(), r.err
}

// failed finds out where the error is that ends the reading of p, of which p[mark:]
// is in no buffer.
func (r *Reader) failed(p []byte, mark int) {
	var syntax *SyntaxError
	switch errors.As(r.err, &syntax); {
	case r.pointer != "": // whoever failed knew
	case syntax == nil:
		var at pointer
		r.find.where(&at)
		r.pointer = string(at.text)
	default:
		if at := int(syntax.Offset - r.find.off); at > mark {
			r.keep(p[mark:at])
		}
		r.pointer = r.locate()
	}
	if syntax != nil {
		syntax.Pointer = r.pointer
	}
}

func (r *Reader) status() Status {
	switch {
	case r.done:
		return Done
	case r.overflow:
		return Overflow
	}
	return Reading
}

// Close ends the body: an error if it is not complete, unless the page was ended
// before it. A body without a list whose root is an object is trimmed now.
func (r *Reader) Close() error {
	if r.done || r.err != nil {
		return r.err
	}
	if r.opt.Lines {
		return r.closeLines()
	}
	if r.err = r.find.finish(); r.err != nil {
		r.failed(nil, 0)
		return r.err
	}
	if !r.Found() && r.opt.Mask != nil && !r.opt.CountOnly && !r.streaming {
		whole := append(r.item[:0], r.out...)
		r.item = whole
		r.out = r.trim.projectValid(r.out[:0], bytes.TrimPrefix(whole, []byte(bom)), r.opt.Mask)
	}
	return nil
}

// Stream lifts the bound on the page, because the caller takes bytes out as they
// come; an item that is trimmed still has to fit. An item beyond Limit is an
// error from now on if fail is set.
func (r *Reader) Stream(fail bool) {
	r.streaming, r.opt.FailOnMore = true, fail
}

// Bytes is what has been kept so far. It is valid until the next Write, Take or
// Reset.
func (r *Reader) Bytes() []byte { return r.out }

// Take is Bytes, and forgets them. They are valid until the next Write or Reset.
// What has been taken cannot be shortened any more.
func (r *Reader) Take() []byte {
	out := r.out
	r.out, r.end, r.opt.ShortPage = r.out[:0], 0, false
	r.seek.blind = true // of an item that has gone in part, no key can be read
	return out
}

// Found tells whether the body has a list. Automatically, an empty array counts
// once the body has ended without a better one.
func (r *Reader) Found() bool { return r.find.done || r.find.emptyList() }

// Items is how many complete items the page has.
func (r *Reader) Items() int64 { return r.kept }

// Seen is how many items of the list have been read, at least to their first
// byte. Behind the list's end it is the list's length.
func (r *Reader) Seen() int64 { return r.seen }

// Ended tells whether the list has been read to its end.
func (r *Reader) Ended() bool { return r.ended || r.find.emptyList() }

// Start is how many items stand before the page.
func (r *Reader) Start() int64 { return r.start }

// Next marks the last item of the page, for Options.After of the next one.
func (r *Reader) Next() Mark { return r.seek.next() }

// More tells whether an item follows the page, or comes before one that ends before a
// mark.
func (r *Reader) More() bool {
	if r.seek.back {
		return r.start > 0
	}
	return r.more
}

// Settled tells whether the page is complete, whatever comes: an item follows it, and none
// is sought any more beside which it would stand.
func (r *Reader) Settled() bool { return r.more && !r.seek.seeking && !r.seek.back }

// Overrun tells whether the list went on behind the items that were expected.
func (r *Reader) Overrun() bool { return r.overrun }

// Pointer is the JSON Pointer (RFC 6901) of the value that was being read where the
// reading has come to, or failed: of the innermost one where its bytes are held, of
// the item where they are left out or have been taken, and not even of that behind a
// name that is too long. It is cut at a token to 256 bytes. "" is the whole body.
func (r *Reader) Pointer() string {
	if r.err != nil {
		return r.pointer
	}
	return r.locate()
}

// Offset is how many bytes of the body have been read: up to the one that is
// wrong, if one is.
func (r *Reader) Offset() int64 { return r.find.off }
