package caddymodule

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A joined page is one for which an upstream that pages is read as often as it takes: its
// answers may be smaller than our pages, or begin elsewhere. It stands in the handler's
// place, and joins the items of all answers in the first one, so that all that is done to
// an answer is done to this one. Most pages take one answer, though: the first one passes
// as it comes, and only where another is to be joined to it, it is read anew (see together).
//
// What an answer has that is shorter than was asked for is the list's end only if that is
// known: the upstream says so, the configuration says how many items it gives, or it has
// given as many for this path before. Otherwise one more read shows it.
type joined struct {
	x    *exchange
	pw   *pageWriter
	next caddyhttp.Handler
	*joinMemory
	first firstAnswer

	size    int64 // how many items the upstream was asked for
	at      int64 // where in the list the next read begins
	end     int64 // behind the item that tells whether there is more
	reads   int
	follows bool        // an item stands behind the page, which need not be read
	header  http.Header // of the answer
	bytes   int64       // that came in all bodies
}

// A joinMemory is what of a joined page is kept for others: the request as it was before
// the handler behind us could change it is as large as all else.
type joinMemory struct {
	body   list.Joiner
	begun  []byte // what of the first answer would be read anew
	sent   http.Request
	url    url.URL
	fields []savedField
}

var joinMemories = sync.Pool{New: func() any { return new(joinMemory) }}

// joined is the handler that answers x from an upstream that pages.
func (x *exchange) joined(pw *pageWriter, next caddyhttp.Handler) caddyhttp.Handler {
	win := &x.plan.window
	j := &x.trace.joined
	*j = joined{
		x: x, pw: pw, next: next, joinMemory: joinMemories.Get().(*joinMemory),
		size: win.Limit, at: win.Offset, end: win.Offset + win.Skip + x.plan.limit + 1,
	}
	return j
}

// ServeHTTP answers from as many reads of the upstream as it takes.
func (j *joined) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	defer j.release()
	j.save()
	return j.serve(w, r)
}

func (j *joined) serve(w http.ResponseWriter, r *http.Request) error {
	j.first = firstAnswer{ResponseWriter: w, j: j}
	if err := j.next.ServeHTTP(&j.first, r); err != nil {
		return err
	}
	part, err := j.first.end()
	j.header = w.Header()
	if err == nil && j.hollow(part) {
		if err = j.beginBehind(part); err == nil {
			return j.serve(w, j.x.r.WithContext(r.Context()))
		}
	}
	if err == nil && j.void(part) {
		return j.sendNone(w)
	}
	if err != nil || !part.Found {
		return j.failed(err)
	}
	more, err := j.heard(part)
	if err == nil && (more || j.follows) && !j.together() {
		return j.failed(nil)
	}
	for more && err == nil && !j.pw.sated() {
		if part, err = j.again(w); err == nil {
			more, err = j.heard(part)
		}
		if err == nil {
			err = j.body.Join()
		}
	}
	if errors.Is(err, list.ErrTooLarge) && j.pw.short() {
		j.follows, err = true, nil // the next page begins with that answer, which need not be held
	}
	if j.follows {
		j.pw.follows()
	}
	if err == nil && !j.first.alone {
		err = j.body.Close()
	}
	return j.failed(err)
}

// together reads the first answer anew, so that items can be joined to it, and tells
// whether that can be done. Behind a full page it is of no use.
func (j *joined) together() bool {
	if !j.first.alone || j.pw.sated() {
		return true
	}
	if j.first.anew() != nil {
		return false
	}
	part, err := j.body.End()
	return err == nil && part.Found
}

// save notes the request, so that the handler behind us can be asked again whatever it
// does to it.
func (j *joined) save() {
	r := j.x.r
	j.sent, j.url = *r, *r.URL
	j.fields = appendFields(j.fields, r.Header)
}

func (j *joined) restore() {
	r := j.x.r
	*r = j.sent
	*r.URL = j.url
	restoreFields(r.Header, j.fields)
}

// release gives back what is kept for others. A handler that writes even now finds
// nothing to write to.
func (j *joined) release() {
	m := j.joinMemory
	*j = joined{first: firstAnswer{ResponseWriter: j.first.ResponseWriter, plain: j.first.plain, wrote: true, over: true}}
	m.body.Recycle(maxPooled)
	if m.begun = m.begun[:0]; cap(m.begun) > maxPooled {
		m.begun = nil
	}
	clear(m.fields)
	m.sent, m.url, m.fields = http.Request{}, url.URL{}, m.fields[:0]
	joinMemories.Put(m)
}

// failed gives the page up, unless it has been stopped before, which is no failure.
func (j *joined) failed(err error) error {
	pw := j.pw
	pw.mu.Lock()
	defer pw.mu.Unlock()
	pw.got = max(pw.got, j.bytes)
	if err == nil || pw.stopped || pw.full {
		return nil
	}
	if gone := j.x.r.Context().Err(); gone != nil {
		return caddyhttp.Error(statusGone, gone)
	}
	_ = pw.fail(err)
	return nil
}

// errElsewhere: the page would repeat items, or hide some.
var errElsewhere = errors.New("the upstream sent other items than those behind the ones before, so it seems to ignore the parameter that says where to go on; check what upstream says of it")

// errSilent: an upstream that says that there is more has to give some of it.
var errSilent = errors.New("the upstream says that more items follow, and sends none")

// heard takes note of an answer, and tells whether the upstream has to be read again.
func (j *joined) heard(part list.Part) (bool, error) {
	if j.x.rt.byToken() {
		return j.wantsByToken(part)
	}
	return j.wants(part)
}

// wants is heard of an upstream that is asked for a number or behind a key.
func (j *joined) wants(part list.Part) (bool, error) {
	rt, plan := j.x.rt, &j.x.plan
	j.reads++
	asked, first := j.size, j.reads == 1
	j.at += part.Items
	at := j.at
	if rt.byKey() {
		at = -1 // nobody knows how many items stand before a key
	}
	told := rt.listener.Hear(j.header, part.Envelope, at)
	if first && told.Total >= 0 {
		j.pw.counted, j.pw.told = told.Total, true
	}
	if part.Items == asked {
		rt.given.add(j.x.original.Path, asked)
	}
	switch {
	case part.Items > asked && first:
		return false, nil // it ignores what it is asked, as the page writer sees for itself
	case part.Items > asked:
		return false, errIgnored
	case part.Again, first && rt.byKey() && plan.mark.Text() != "" && !j.pw.list.Behind(plan.mark):
		return false, errElsewhere
	case j.at >= j.end, told.More == style.No:
		return false, nil
	case told.More == style.Yes && part.Items == 0:
		return false, errSilent
	case told.More == style.Yes && j.at == j.end-1 && !plan.whole && !plan.lines:
		j.follows = true
		return false, nil
	case part.Items == asked:
		return true, nil
	case told.More == style.Quiet:
		return false, nil
	case told.More == style.Yes:
		return true, j.shrink(part.Items)
	case part.Items == 0, rt.cap > 0, rt.given.has(j.x.original.Path, asked):
		return false, nil
	case first && rt.upstream.Position == style.ByPage && j.at > part.Items:
		return false, j.verify()
	}
	return true, j.shrink(part.Items)
}

// shrink goes on behind a page of the upstream's that was smaller than it was asked for:
// pages are counted in what it gives.
func (j *joined) shrink(items int64) error {
	if j.x.rt.upstream.Position != style.ByPage {
		return nil
	}
	if j.at != items {
		return errCapped // it was not the page that begins where ours does
	}
	j.size = items
	return nil
}

// errCapped: pages that are smaller than asked for begin elsewhere.
var errCapped = errors.New("the upstream sent fewer items than it was asked for, and there are more: it caps its pages; say at how many items, as in upstream page { limit 100 }")

// verify finds out whether a page that is not the first one, and shorter than asked for,
// is the last one: if so, the page before it is as long as asked for.
func (j *joined) verify() error {
	if !j.together() {
		return nil
	}
	at, want := j.x.plan.window.Offset-j.size, j.size
	part, err := j.read(at)
	switch {
	case err != nil:
		return err
	case part.Items != want:
		return errCapped
	}
	j.x.rt.given.add(j.x.original.Path, want)
	return nil
}

// again reads the upstream where the list goes on.
func (j *joined) again(w http.ResponseWriter) (list.Part, error) {
	x := j.x
	h := w.Header() // of which tags and times are those of the first part alone
	delete(h, "Etag")
	delete(h, "Last-Modified")
	if x.rt.upstream.Position != style.ByPage && !x.rt.byToken() {
		j.size = j.end - j.at
		if most := x.rt.gives(); most > 0 {
			j.size = min(j.size, most)
		}
	}
	return j.read(j.at)
}

// read reads as many items as are to be asked for, from an offset on.
func (j *joined) read(at int64) (list.Part, error) {
	x := j.x
	j.restore()
	key := ""
	switch {
	case x.rt.byToken():
		key = x.tokens.next
		x.tokens.begin(key)
	case x.rt.byKey():
		if key = j.pw.lastKey(); key == "" {
			return list.Part{}, errKeyless
		}
	}
	x.edited.setQuery(x.upstreamQuery(at, j.size, key))
	j.body.Next()
	a := &nextAnswer{j: j, header: http.Header{}}
	part, err := a.ask(x.detach(x.r.Context()))
	j.header = a.header
	if errors.Is(err, list.ErrNoList) && x.rt.byToken() {
		err = j.empty(part.Envelope, j.body.Envelope())
		part.Found = err == nil
	}
	switch {
	case a.status == http.StatusNotFound && x.rt.upstream.Position == style.ByPage:
		return list.Part{Found: true}, nil // there is no such page, as Django and others say it
	case err != nil:
		return part, fmt.Errorf("reading on behind %d items: %w", at, err)
	}
	return part, nil
}

// sated tells whether nothing more is wanted, because the page has no room for it.
func (pw *pageWriter) sated() bool {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	return pw.stopped || pw.full || pw.list.More()
}

// lastKey is the key of the last item that has been read.
func (pw *pageWriter) lastKey() string {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	return pw.list.Next().Text()
}

// short tells whether the page may end where it is.
func (pw *pageWriter) short() bool {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	return !pw.stopped && pw.list.Short()
}

// follows says that an item follows the page, although none has been read.
func (pw *pageWriter) follows() {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	pw.list.Follows()
}

// gives is how many items the upstream gives at once, 0 if nobody knows.
func (rt *runtime) gives() int64 {
	if rt.cap > 0 {
		return rt.cap
	}
	return rt.upstream.Cap
}

// givenSizes remember how many items the upstream has given at once, path by path: it
// gives no fewer where there are as many. Paths are few; where they are not, one may be
// forgotten for another, which costs a read.
type givenSizes [256]atomic.Uint64 // the path's sum but for 32 bits, and the size

var givenSeed = maphash.MakeSeed()

const largestSize = 1<<32 - 1

func (g *givenSizes) slot(path string) (*atomic.Uint64, uint64) {
	sum := maphash.String(givenSeed, path)
	return &g[sum%256], sum &^ largestSize
}

func (g *givenSizes) add(path string, size int64) {
	slot, sum := g.slot(path)
	was := slot.Load()
	if was&^largestSize == sum && was&largestSize >= uint64(size) || size > largestSize {
		return
	}
	slot.Store(sum | uint64(size))
}

func (g *givenSizes) has(path string, size int64) bool {
	slot, sum := g.slot(path)
	was := slot.Load()
	return was&^largestSize == sum && int64(was&largestSize) >= size
}
