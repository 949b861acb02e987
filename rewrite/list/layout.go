package list

// A Layout says where the parts of a body are, by their offsets. Of a body that is not
// complete yet, it says as much as is known. A body is made of these, in this order:
//
//	[0, Prefix)     what stands before the list, with its '['
//	[Prefix, Tail)  items, each but the first behind a comma
//	[Tail, End)     what has begun behind the last complete item
//	[End, Size)     the list's ']' and what stands behind it, once the list has ended
//
// So the bytes up to any Boundary less its comma, or up to Tail, followed by those from End
// on, are the same body with fewer items; and as well without those from Prefix up to an
// earlier Boundary.
type Layout struct {
	// Found: the body has a list. Of the rest nothing is known before.
	Found bool

	// Ended: the list has been read to its end.
	Ended bool

	// Items is how many items are complete.
	Items int64

	// Prefix, Tail, End and Size are offsets. Size is how much has been read, and End
	// is 0 as long as the list goes on.
	Prefix, Tail, End, Size int64

	// Path leads to the list, even if it was found automatically. Of a list at the root,
	// and of lines, it is what was asked for.
	Path Path

	// Lines: the items stand on lines of their own, and none has a comma before it.
	Lines bool

	// Around is how many objects are around the list. Where there are none, nothing but
	// white space can stand behind it.
	Around int
}

// LayoutOptions say where an Indexer finds the list, and whom it tells.
type LayoutOptions struct {
	// Path and Lines are those of [Options].
	Path  Path
	Lines bool

	// Boundary is told where items begin: how many items stand before, and the offset
	// just behind the comma, the line feed or the bracket before the item. It returns
	// which item it wants to hear of next; anything up to the current one means the
	// next one. It is asked for the first item first. Items between two of which it wants
	// to hear are skimmed, at a multiple of the speed.
	Boundary func(item, at int64) (next int64)
}

// An Indexer reads a body that is written to it in chunks, keeps nothing of it, and tells
// where its items are. It checks as much as a Reader does that leaves all of them out.
// The zero Indexer must be Reset before use. It is not safe for concurrent use.
type Indexer struct {
	find   finder
	tell   func(item, at int64) int64
	layout Layout
	seen   int64 // items that have begun
	due    int64 // the item of which to tell next
	comma  int64 // the offset behind the last comma, line feed or bracket of the list
	solid  int64 // before the list: the offset behind the last byte that was no white space
	inItem bool
	err    error
}

// Reset readies x for another body.
func (x *Indexer) Reset(opt LayoutOptions) {
	x.find.reset(opt.Path, opt.Lines)
	*x = Indexer{find: x.find, tell: opt.Boundary, layout: Layout{Found: opt.Lines, Path: opt.Path, Lines: opt.Lines}}
}

// Layout is what is known of the body so far.
func (x *Indexer) Layout() Layout { return x.layout }

// Write reads a chunk of the body. The error is a [SyntaxError], [ErrDuplicate] or
// ErrUnnamed; every Write behind it returns it, too. What the layout said before it, holds.
func (x *Indexer) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && x.err == nil; {
		j, what, ok := x.find.next(p, i)
		x.skimmed()
		if !ok {
			x.err = x.find.err
			break
		}
		i = x.on(what, p, j)
	}
	if !x.layout.Found {
		x.remember(p)
	}
	x.layout.Size = x.find.off + int64(len(p))
	if x.err != nil {
		x.failed()
		return 0, x.err
	}
	x.find.off = x.layout.Size
	return len(p), nil
}

// Close ends the body: an error if it is not complete.
func (x *Indexer) Close() error {
	if x.err != nil {
		return x.err
	}
	if x.layout.Lines {
		_, x.err = x.find.finishLine()
	} else {
		x.err = x.find.finish()
	}
	if x.err != nil {
		x.failed()
		return x.err
	}
	l := &x.layout
	switch {
	case l.Lines:
		l.Items, l.Tail = x.seen, l.Size
		l.Ended, l.End = true, l.Size
	case x.find.emptyList():
		l.Found, l.Ended = true, true
		l.Prefix, l.Tail, l.End = l.Size, l.Size, l.Size
	}
	return nil
}

// on goes on behind p[:j], where something of the list has been read, and returns how far
// it has come.
func (x *Indexer) on(what found, p []byte, j int) int {
	at := x.find.off + int64(j)
	switch what {
	case twice:
		x.err = ErrDuplicate
	case listOpen:
		x.open(at)
	case itemFirst:
		x.openBefore(p, j-1)
		x.start(p[j-1])
	case itemStart:
		x.start(p[j-1])
	case itemEnd:
		if x.inItem = false; !x.layout.Lines {
			x.layout.Items, x.layout.Tail = x.seen, at
		}
	case itemComma:
		x.separated(at, x.seen)
		if !x.layout.Lines {
			return x.pass(p, j)
		}
	case listClose:
		x.layout.Ended, x.layout.End = true, at-1
	}
	return j
}

// open begins the list behind its bracket.
func (x *Indexer) open(at int64) {
	l := &x.layout
	l.Found, l.Prefix, l.Tail, x.comma = true, at, at, at
	l.Around = x.find.watch - 1
	l.Path = x.find.path
}

// openBefore begins a list that is known by its first item, p[first]: its bracket is the
// last byte before it that is no white space.
func (x *Indexer) openBefore(p []byte, first int) {
	n := first
	for n > 0 && isSpace(p[n-1]) {
		n--
	}
	if x.open(x.find.off + int64(n)); n == 0 {
		x.open(x.solid)
	}
	if len(x.find.path.names) == 1 && x.find.path.names[0] == unmatchable.names[0] {
		x.err = ErrUnnamed
	}
}

// remember notes where the last byte of p is that is no white space.
func (x *Indexer) remember(p []byte) {
	for n := len(p); n > 0; n-- {
		if !isSpace(p[n-1]) {
			x.solid = x.find.off + int64(n)
			return
		}
	}
}

// start begins the item whose first byte is c.
func (x *Indexer) start(c byte) {
	if x.seen == x.due {
		at := x.comma
		if x.seen == 0 {
			at = x.layout.Prefix // with empty lines, if there are any
		}
		x.due = max(x.tell(x.seen, at), x.seen+1)
	}
	x.seen++
	x.inItem = true
	x.find.skipItem(c, x.due-x.seen)
}

// skimmed counts the items that have begun behind the one that is being read. All but
// the last of them are complete, and that may be, too.
func (x *Indexer) skimmed() {
	if n := x.find.skim.take(); n > 0 {
		x.seen += n
		x.separated(x.find.off+int64(x.find.skim.last), x.seen-1)
	}
}

// separated says that as many items are complete as stand before what separates two of
// them, which ends at an offset.
func (x *Indexer) separated(at, items int64) {
	l := &x.layout
	x.comma, l.Items, l.Tail = at, items, at
	if !l.Lines {
		l.Tail--
	}
}

// pass passes the items at p[j] that end in p, as passRun does, up to the one of which
// somebody wants to hear.
func (x *Indexer) pass(p []byte, j int) int {
	end, n := passScalars(p, j, x.due-x.seen)
	if n > 0 {
		x.seen += n
		x.separated(x.find.off+int64(end), x.seen)
	}
	return end
}

// failed says where in the body the error is.
func (x *Indexer) failed() {
	syntax, ok := x.err.(*SyntaxError) //nolint:errorlint // nobody has wrapped it
	if !ok {
		return
	}
	var at pointer
	if x.find.where(&at); x.find.place == inList {
		switch f := &x.find; {
		case !f.within():
		case f.stack.n == f.watch && (f.state == stValue || f.state == stValueOrEnd || f.state == stBOM):
			at.index(x.seen)
		default:
			at.index(x.seen - 1)
		}
	}
	syntax.Pointer = string(at.text)
}
