package integration

import (
	"net/http"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestPostCut: a body that ends too early, or is broken in its framing, makes nobody wait,
// and is no shorter ask of the API either.
func TestPostCut(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, api)
	s := harness.Start(t, `handle /announce/* {
		paginate 10 20 {
			name announce
			style slack members
			retire {
				deprecated 2020-01-01
				hold
			}
		}
		`+up.proxy()+`
	}
	handle /get/* {
		paginate 10 20 {
			name get
			style slack members
			upstream unbounded {
				method GET
			}
		}
		`+up.proxy()+`
	}
	handle {
		paginate 10 20 {
			name users
			style slack members
		}
		`+up.proxy()+`
	}`)
	for _, tc := range []struct{ name, contentType, framed string }{
		{"a form, shorter than it says", formType, "Content-Length: 100\r\n\r\nlimit=5&n=30"},
		{"a form, nothing of it", formType, "Content-Length: 100\r\n\r\n"},
		{"JSON that is whole, but shorter than it says", asJSON, "Content-Length: 100\r\n\r\n" + `{"limit":5,"n":30}`},
		{"chunks without an end", formType, "Transfer-Encoding: chunked\r\n\r\nc\r\nlimit=5&n=30\r\n"},
		{"a chunk that is cut", formType, "Transfer-Encoding: chunked\r\n\r\nff\r\nlimit=5&n=30"},
		{"no chunk", formType, "Transfer-Encoding: chunked\r\n\r\nzz\r\nlimit=5&n=30\r\n0\r\n\r\n"},
	} {
		for _, route := range []string{"", "/get", "/announce"} {
			t.Run(tc.name+route, func(t *testing.T) {
				r := sendCut(t, s, "POST "+route+"/list HTTP/1.1\r\nHost: @host\r\nContent-Type: "+tc.contentType+"\r\n"+tc.framed)
				if r.status != http.StatusBadRequest {
					t.Errorf("got %d %.300q, want 400", r.status, r.body)
				}
				if asked := api.take(); len(asked) > 0 {
					t.Errorf("the API was asked %q", asked)
				}
			})
		}
	}
	c := pageClient(t)
	if items, _ := slackPage(t, post(t, c, s.URL+"/list", formType, "limit=5&n=30")); items != oddItems(0, 5) {
		t.Errorf("afterwards: got %.300q", items)
	}
}
