package caddymodule

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// FuzzCaddyfile holds that whatever a directive says is either refused with
// its file and line, or becomes JSON that is read back as the same handler and
// that the check at load lets through too.
func FuzzCaddyfile(f *testing.F) {
	for _, seed := range []string{
		"paginate",
		"paginate 10 20 {\n}",
		"paginate 10 {\n\tunpaginated reject_over 5\n\tguard size count\n}",
		"paginate {\n\tfields view {\n\t\tdefault a,b(c)\n\t\tsyntax dotted\n\t}\n\tclient {a} {b}\n}",
		"paginate {\n\tretire {\n\t\tdeprecated 2030-01-01\n\t\tsunset 2031-01-01\n\t\tlinks off\n\t}\n}",
		"paginate {\n\tretire {\n\t\thold\n\t\trollout 2030-01-01 10\n\t\tbrownout 2030-01-01T00:00:00Z 1h\n\t}\n}",
		"paginate {\n\texempt a {\n\t\tuntil 2030-01-01\n\t}\n\tsnapshot off {\n\t\tttl 1m\n\t}\n}",
		"paginate {\n\tupstream page {\n\t\tlimit 5000\n\t}\n\tmax_offset off\n\tmax_page_size 1MiB\n}",
		"paginate { {\n",
		"paginate {\n\tfields off {\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := caddyfile.Tokenize([]byte(text), "Caddyfile")
		if err != nil || len(tokens) == 0 {
			return // no Caddyfile at all
		}
		h := new(Handler)
		if err := h.UnmarshalCaddyfile(caddyfile.NewDispenser(tokens)); err != nil {
			if !strings.Contains(err.Error(), ", at Caddyfile:") {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		adapted, err := json.Marshal(h)
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		read := new(Handler)
		if err := caddy.StrictUnmarshalJSON(adapted, read); err != nil {
			t.Fatalf("reading %s back: %v", adapted, err)
		}
		read.applyDefaults()
		if err := read.check(); err != nil {
			t.Errorf("the check refuses what the parser let through: %v\n%s", err, adapted)
		}
		h.applyDefaults()
		if !reflect.DeepEqual(h, read) {
			t.Errorf("read back as another handler: %s", adapted)
		}
	})
}
