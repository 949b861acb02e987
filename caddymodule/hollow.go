package caddymodule

import (
	"errors"
	"maps"
	"net/http"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// Answers of an upstream that goes on by tokens may have no items, and no list either. What
// is taken for such an answer, and is none, would be missing from the list without a word.

// errUnnamed: the list may be in the answer, and is not found.
var errUnnamed = errors.New("the upstream gives a token, and its list is not where it is looked for; say where it is, as in list data.orders")

// hollow tells whether the first answer has nothing of the page, which is then begun at the
// next one. Of an answer that has been let go behind a full page, nothing is known.
func (j *joined) hollow(part list.Part) bool {
	return j.x.rt.byToken() && j.first.wrote && !j.first.plain && !j.pw.committed && !j.pw.sated() &&
		part.Items <= j.x.plan.window.Skip &&
		(part.Found || !list.TellsError(part.Envelope)) && j.x.rt.listener.Hear(j.header, part.Envelope, -1).Token != ""
}

// beginBehind readies the request for what follows a hollow answer. Items that were to be
// skipped there, and are gone, are not looked for behind it.
func (j *joined) beginBehind(part list.Part) error {
	if !part.Found && list.Hides(part.Envelope) {
		return errUnnamed
	}
	if _, err := j.wantsByToken(part); err != nil {
		return err
	}
	x, t := j.x, &j.x.tokens
	if x.plan.token != "" {
		t.from = j.at
		j.end = t.from + x.plan.limit + 1
	}
	w := x.plan.window
	w.Skip = t.from - j.at
	j.anew(w)
	j.restore()
	for _, name := range unconditional {
		delete(x.r.Header, name)
	}
	x.edited.setQuery(x.upstreamQuery(0, j.size, t.next))
	t.begin(t.next)
	return nil
}

// anew lets another answer come in the place of the first one.
func (j *joined) anew(w style.Window) {
	j.pw.startAgain()
	j.x.plan.window = w
	j.pw.reset()
}

// void tells whether the first answer ends the list, and has none.
func (j *joined) void(part list.Part) bool {
	x := j.x
	return x.rt.byToken() && x.rt.shape != nil && (x.plan.token != "" || j.reads > 0) &&
		j.first.wrote && !j.first.plain && !part.Found && !j.pw.committed && j.empty(part.Envelope, nil) == nil
}

// sendNone sends a page without items in the place of such an answer, which is a list to
// nobody but the API's own clients.
func (j *joined) sendNone(w http.ResponseWriter) error {
	status, header := j.pw.status, maps.Clone(w.Header())
	j.anew(j.x.plan.window)
	maps.Copy(w.Header(), header)
	delete(w.Header(), "Content-Length")
	w.WriteHeader(status)
	_, err := w.Write([]byte("[]"))
	return j.failed(err)
}

// empty says why a body without a list is no answer without items, nil if it is one. A token
// has to lead on from it, or nothing may stand there that has not stood around the list
// before.
func (j *joined) empty(body, around []byte) error {
	switch list.VoidOf(body, around, j.body.Path(), j.x.rt.path.Auto()) {
	case list.Empty:
		return nil
	case list.Hiding:
		return errUnnamed
	case list.Open:
		if j.x.rt.listener.Hear(j.header, body, -1).Token != "" {
			return nil
		}
	}
	return list.ErrNoList
}
