package caddymodule

import (
	"errors"
	"maps"
	"net/http"

	"github.com/tidwall/gjson"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// Answers of an upstream that goes on by tokens may have no items, and no list either. What
// is taken for such an answer, and is none, would be missing from the list without a word.

// errUnnamed: the list may be in the answer, and is not found.
var errUnnamed = errors.New("the upstream gives a token, and its list is not where it is looked for; say where it is, as in list data.orders")

// hollow tells whether the first answer has nothing of the page, which is then begun at the
// next one.
func (j *joined) hollow(part list.Part) bool {
	return j.x.rt.byToken() && j.first.wrote && !j.first.plain && !j.pw.committed && part.Items <= j.x.plan.window.Skip &&
		(part.Found || !tellsError(part.Envelope)) && j.x.rt.listener.Hear(j.header, part.Envelope, -1).Token != ""
}

// beginBehind readies the request for what follows a hollow answer. Items that were to be
// skipped there, and are gone, are not looked for behind it.
func (j *joined) beginBehind(part list.Part) error {
	if !part.Found && hides(gjson.ParseBytes(part.Envelope), true) {
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

// empty says why a body without a list is no answer without items, nil if it is one, as of
// servers that leave empty fields out or write null. A token has to lead on from it, or
// nothing may stand there that has not stood around the list before; and what tells of an
// error is none, whatever leads on from it.
func (j *joined) empty(body, around []byte) error {
	root := gjson.ParseBytes(body)
	if !root.IsObject() || tellsError(body) {
		return list.ErrNoList
	}
	var place gjson.Result
	for i, name := range j.body.Path().Names() {
		if i == 0 {
			place = root
		}
		place = place.Get(gjson.Escape(name))
	}
	switch {
	case place.Exists() && place.Type == gjson.Null:
		return nil
	case place.Exists():
		return list.ErrNoList
	case j.x.rt.path.Auto() && hides(root, true):
		return errUnnamed
	case j.x.rt.listener.Hear(j.header, body, -1).Token != "", within(root, gjson.ParseBytes(around)):
		return nil
	}
	return list.ErrNoList
}

// within tells whether an object has no members but those of another one, and some that say
// nothing.
func within(object, other gjson.Result) (only bool) {
	only = true
	object.ForEach(func(name, value gjson.Result) bool {
		switch value.Raw {
		case "null", `""`, "[]", "{}":
		default:
			only = other.Get(gjson.Escape(name.Str)).Exists()
		}
		return only
	})
	return only
}

// hides tells whether an object has what may be the list, but is not found: an array at the
// top, or one of objects anywhere.
func hides(object gjson.Result, top bool) (found bool) {
	object.ForEach(func(_, value gjson.Result) bool {
		switch first := value.Get("0"); {
		case value.IsArray():
			found = top && first.Exists() || first.IsObject()
		case value.IsObject():
			found = hides(value, false)
		}
		return !found
	})
	return found
}

// tellsError tells whether a body says that it is an error, as APIs do that answer with 200
// to everything.
func tellsError(body []byte) bool {
	for _, name := range [...]string{"error", "errors"} {
		if v := gjson.GetBytes(body, name); v.Exists() && v.Type != gjson.Null && v.Type != gjson.False && v.Raw != "[]" {
			return true
		}
	}
	return gjson.GetBytes(body, "ok").Type == gjson.False
}
