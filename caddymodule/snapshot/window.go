package snapshot

import (
	"io"
	"strings"
)

// maxEdge is how much of what stands before a list, and behind it, is kept in memory, so
// that a window takes one positioned read.
const maxEdge = 64 << 10

// A Window is a body that has only some of the items of a list, and all else of it: one
// that an upstream might have sent which pages by itself. It is read once.
type Window struct {
	// Offset is how many items of the list stand before the first one of the window.
	Offset int64

	// Items is how many items the window has.
	Items int64

	// Size is how many bytes it has.
	Size int64

	s     *Snapshot
	blob  Blob
	parts []part
	room  [3]part // for them
	err   error   // of the store
}

// A part of a window is a text, or else bytes of the blob.
type part struct {
	text     []byte
	from, to int64
}

func (p *part) size() int64 { return int64(len(p.text)) + p.to - p.from }

// Window returns a body with the items from the first-th on (counted from 0), as many as
// wanted and one more, as far as there are any now: Await says if that is all. There are a
// few items before them, and may be behind; Offset counts the former.
func (s *Snapshot) Window(first, wanted int64) *Window {
	e := s.e
	e.mu.Lock()
	l, over := e.layout, e.over && e.err == nil
	w := &Window{s: s, blob: e.blob}
	w.parts = w.room[:0]
	if l.Ended && l.Items == 0 && over {
		e.mu.Unlock()
		w.add(part{to: l.Size})
		return w
	}
	from, to, end := l.Prefix, l.Tail, l.Items
	if l.Ended {
		to = l.End // with what stands before the bracket
	}
	if l.Items > 0 {
		first = max(0, min(first, l.Items))
		item, at, ok := e.places.before(min(first, l.Items-1))
		if ok {
			w.Offset, from = item, at
		}
		last := first + max(wanted, 0) + 1
		if last < first {
			last = l.Items // wanted overflows
		}
		if item, at, ok := e.places.behind(last); ok && item < l.Items {
			end, to = item, at
			if !l.Lines {
				to-- // the comma
			}
		}
	}
	w.Items = end - w.Offset
	prefix, suffix := e.prefix, e.suffix
	e.mu.Unlock()

	w.add(w.edge(&e.prefix, prefix, 0, l.Prefix))
	w.add(part{from: from, to: to})
	switch {
	case l.Lines:
	case over:
		w.add(w.edge(&e.suffix, suffix, l.End, l.Size))
	default:
		w.add(part{text: []byte("]" + strings.Repeat("}", l.Around))})
	}
	return w
}

// edge is a part before or behind the list. A small one is kept, once it has been read.
func (w *Window) edge(kept *[]byte, text []byte, from, to int64) part {
	if text == nil && w.err == nil && to-from <= maxEdge && to > from {
		text = make([]byte, to-from)
		if _, w.err = w.blob.ReadAt(text, from); w.err != nil {
			return part{from: from, to: to}
		}
		w.s.e.mu.Lock()
		*kept = text
		w.s.e.mu.Unlock()
	}
	if text != nil {
		return part{text: text}
	}
	return part{from: from, to: to}
}

func (w *Window) add(p part) {
	if n := p.size(); n > 0 {
		w.parts = append(w.parts, p)
		w.Size += n
	}
}

// Read implements [io.Reader]. An error other than io.EOF is the store's, see [FallsBack].
func (w *Window) Read(p []byte) (int, error) {
	switch {
	case w.err != nil:
		return 0, w.s.m.unreadable(w.s.e, w.err)
	case len(w.parts) == 0:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	at := &w.parts[0]
	var n int
	if len(at.text) > 0 {
		n = copy(p, at.text)
		at.text = at.text[n:]
	} else {
		var err error
		n, err = w.blob.ReadAt(p[:min(int64(len(p)), at.to-at.from)], at.from)
		if at.from += int64(n); err != nil && (n == 0 || err != io.EOF) { //nolint:errorlint // ReaderAt gives it bare
			return n, w.s.m.unreadable(w.s.e, err)
		}
	}
	if at.size() == 0 {
		w.parts = w.parts[1:]
	}
	return n, nil
}

// Interface guard.
var _ io.Reader = (*Window)(nil)
