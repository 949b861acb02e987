//go:build backends

package backends

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func startFastAPI(t *testing.T) *process {
	t.Helper()
	app := here(t, "apps", "fastapi_app.py")
	database := filepath.Join(t.TempDir(), "items.db")
	return start(t, "/all-items", python, func(address string) []string {
		host, port := splitAddress(t, address)
		return []string{"-m", "uvicorn", "--app-dir", filepath.Dir(app), "--host", host, "--port", port, "fastapi_app:app"}
	}, "DATABASE_URL=sqlite:///"+database)
}

// The endpoint that knows no paging: what the directive is made for.
func TestFastAPIUnbounded(t *testing.T) {
	api := startFastAPI(t)
	prove(t, legacy{
		backend: api.address,
		path:    "/all-items",
		routes: fmt.Sprintf(`paginate /all-items* {
		limit 20 50
		upstream unbounded
	}
	reverse_proxy %s`, api.address),
	})
}

// The endpoint with skip and limit, taken for an unbounded one.
//
// It is none: without a limit it gives 100 items and says nothing of the rest,
// so `upstream unbounded` alone would page through the first 100 and lose 158.
// What is true is that it gives everything to those who ask for more than there
// is, and Caddy's own `uri query` asks so, behind us and in front of the API.
// `skip` stays what it was, a filter like any other: a client that steps with
// skip and limit goes on working, and none of its answers is over the maximum.
func TestFastAPISkipLimitAsUnbounded(t *testing.T) {
	api := startFastAPI(t)
	p := prove(t, legacy{
		backend: api.address,
		path:    "/items/",
		whole:   "/all-items",
		routes: fmt.Sprintf(`route /items* {
		paginate {
			name items
			limit 20 50
			upstream unbounded
		}
		uri query limit 1000000
		reverse_proxy %s
	}`, api.address),
	})
	t.Run("a client that steps by itself", func(t *testing.T) {
		want, _ := get(t, "http://"+api.address+"/all-items").items(t, "")
		all := want[:0:0]
		for {
			a := get(t, fmt.Sprintf("%s/items/?skip=%d&limit=%d", p.URL, len(all), maxLimit))
			page, _ := a.items(t, "")
			if len(page) > maxLimit {
				t.Fatalf("%d items, over the maximum of %d", len(page), maxLimit)
			}
			if all = append(all, page...); len(page) < maxLimit {
				break
			}
		}
		sameItems(t, all, want)
	})
	t.Run("skip stays in the links", func(t *testing.T) {
		want, _ := get(t, "http://"+api.address+"/items/?skip=100&limit=1000000").items(t, "")
		sameItems(t, walk(t, p, p.URL+"/items/?skip=100", "", defaultLimit, nil), want)
	})
}

// The same endpoint, asked for one page at a time: the link style's upstream
// side sends limit and offset, and Caddy's own `uri query` renames offset. A
// client's own skip would be in the way of the renamed one, so it is refused.
func TestFastAPISkipLimitPageByPage(t *testing.T) {
	api := startFastAPI(t)
	p := prove(t, legacy{
		backend: api.address,
		path:    "/items/",
		whole:   "/all-items",
		routes: fmt.Sprintf(`route /items* {
		@skip query skip=*
		respond @skip "use offset in place of skip" 400
		paginate {
			name items
			limit 20 50
			upstream link
		}
		uri query offset>skip
		reverse_proxy %s
	}`, api.address),
	})
	if a := get(t, p.URL+"/items/?skip=20"); a.status != http.StatusBadRequest {
		t.Errorf("skip of the client's own: status %d, want 400", a.status)
	}
	// One item more than the page shows whether there is more.
	paged := 0
	for _, m := range regexp.MustCompile(`"GET /items/\?(\S*) HTTP`).FindAllStringSubmatch(api.output.String(), -1) {
		limit := regexp.MustCompile(`(?:^|&)limit=(\d+)(?:&|$)`).FindStringSubmatch(m[1])
		if limit == nil {
			t.Errorf("the API was asked without a limit: %s", m[0])
			continue
		}
		if n, err := strconv.Atoi(limit[1]); err != nil || n > maxLimit+1 {
			t.Errorf("the API was asked for more than a page and one: %s", m[0])
		}
		paged++
	}
	if paged == 0 {
		t.Errorf("no request in the API's log:\n%s", api.output.String())
	}
}
