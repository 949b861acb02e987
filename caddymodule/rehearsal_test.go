package caddymodule

import (
	"io"
	"net/http"
	"testing"
)

// TestRehearsalGoesOn: a page is rehearsed over all chunks that it comes in.
func TestRehearsalGoesOn(t *testing.T) {
	for _, phase := range []string{"observe", "announce"} {
		t.Run(phase, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: phase})
			b.run.app.logInterval = holdFor
			b.ask(t, get("/orders"), func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				for _, chunk := range []string{`[{"price":1},`, `{"price":2},{"pri`, `ce":NaN}`, `]`} {
					if _, err := io.WriteString(w, chunk); err != nil {
						return err
					}
				}
				return nil
			})
			told := b.logs.FilterMessageSnippet("will be a 502 once limits are enforced").All()
			if len(told) != 1 || told[0].ContextMap()["pointer"] != "/2/price" {
				t.Errorf("got %v, want one warning that names /2/price", told)
			}
		})
	}
}
