package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestPageOfACappedUpstream: an upstream that gives fewer items than it is asked
// for, and says that there are more, is no list's end.
func TestPageOfACappedUpstream(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		limit = min(limit, 5)
		end := min(offset+limit, 12)
		if end < 12 {
			w.Header().Set("Link", fmt.Sprintf(`<?limit=%d&offset=%d>; rel="next"`, limit, end))
		}
		w.Header().Set("Content-Type", "application/json")
		items := make([]string, 0, limit)
		for i := offset; i < end; i++ {
			items = append(items, strconv.Itoa(i))
		}
		_, _ = fmt.Fprintf(w, "[%s]", strings.Join(items, ","))
	}))
	t.Cleanup(upstream.Close)
	s := harness.Start(t, "paginate 4 5 {\n\t\tupstream link\n\t}\n\treverse_proxy "+upstream.URL)

	if a := get(t, s.URL+"/x?limit=4"); a.Status != http.StatusOK || string(a.Body) != "[0,1,2,3]" || !strings.Contains(a.Header.Get("Link"), `rel="next"`) {
		t.Errorf("within the cap: got %d %s, Link %s", a.Status, a.Body, a.Header.Get("Link"))
	}
	wantProblem(t, get(t, s.URL+"/x?limit=5"), http.StatusBadGateway, "upstream_malformed")
	if a := get(t, s.URL+"/x?limit=4&offset=8"); a.Status != http.StatusOK || string(a.Body) != "[8,9,10,11]" || a.Header.Get("Link") != "" {
		t.Errorf("at the end: got %d %s, Link %s", a.Status, a.Body, a.Header.Get("Link"))
	}
}

// TestPageBehindALongPrefix: what stands before the list does not fit in a page.
func TestPageBehindALongPrefix(t *testing.T) {
	for _, pad := range []int{990, 5000} {
		body := fmt.Sprintf(`{"pad":%q,"data":[{"a":1},{"a":2},{"a":3}]}`, strings.Repeat("x", pad))
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(upstream.Close)
		s := harness.Start(t, "paginate 10 20 {\n\t\tmax_page_size 1000\n\t}\n\treverse_proxy "+upstream.URL)
		if pad == 990 {
			wantProblem(t, get(t, s.URL+"/x?limit=2"), http.StatusBadGateway, "item_too_large")
		}
		s.Reload(t, harness.Config{Routes: "paginate 10 20 {\n\t\tphase announce\n\t\tmax_page_size 1000\n\t}\n\treverse_proxy " + upstream.URL})
		if a := get(t, s.URL+"/x?limit=2"); pad == 5000 && (a.Err != nil || a.Status != http.StatusOK || string(a.Body) != body) {
			t.Errorf("announced, %d bytes before the list: got %d %.80s, want the whole", pad, a.Status, a.Body)
		}
	}
}
