package integration

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A cappedList has n items at /offset or /page, and gives no more than most at once.
// It tells whether there is more by a Link where the path says so.
func cappedList(n, most int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number := func(name string, absent int) int {
			if i, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
				return i
			}
			return absent
		}
		size := min(number("limit", number("per_page", n)), most)
		from := number("offset", (number("page", 1)-1)*size)
		from = min(from, n)
		to := min(from+size, n)
		if strings.HasSuffix(r.URL.Path, "/tells") && to < n {
			w.Header().Set("Link", `</?x>; rel="next"`)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, oddItems(from, to))
	}
}

// TestPageOfACappedUpstream: an upstream that gives fewer items than it is asked for is
// found out, whether it says so or not, and no item is lost by it.
func TestPageOfACappedUpstream(t *testing.T) {
	for _, tc := range []struct {
		name, upstream, target string
		n, most                int
		from, to               int // 0, 0: a 502
		more                   bool
		reads                  int
	}{
		{"it tells", "link", "/tells?limit=10", 30, 5, 0, 10, true, 2},
		{"it tells, deep", "link", "/tells?limit=10&offset=15", 30, 5, 15, 25, true, 2},
		{"it tells at the end", "link", "/tells?limit=10&offset=20", 30, 5, 20, 30, false, 3},
		{"quiet", "link", "/x?limit=10", 30, 5, 0, 10, true, 3},
		{"quiet, one more", "link", "/x?limit=10", 11, 5, 0, 10, true, 3},
		{"quiet at the end", "link", "/x?limit=10&offset=20", 30, 5, 20, 30, false, 3},
		{"a short list", "link", "/x?limit=10", 3, 5, 0, 3, false, 2},
		{"an empty list", "link", "/x?limit=10", 0, 5, 0, 0, false, 1},
		{"pages that tell", "page", "/tells?limit=10", 30, 5, 0, 10, true, 2},
		{"quiet pages", "page", "/x?limit=10", 30, 5, 0, 10, true, 3},
		{"a short list of pages", "page", "/x?limit=10", 3, 5, 0, 3, false, 2},
		{"no page behind the last one", "page", "/404?limit=10", 10, 10, 0, 10, false, 2},
		{"pages that tell are elsewhere", "page", "/tells?limit=7&offset=22", 60, 5, 0, 0, true, 1},
		{"quiet pages are elsewhere", "page", "/x?limit=7&offset=22", 60, 5, 0, 0, true, 2},
		{"the last one of pages", "page", "/x?limit=7&offset=22", 25, 50, 22, 25, false, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list := cappedList(tc.n, tc.most)
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if page, _ := strconv.Atoi(r.URL.Query().Get("page")); strings.HasSuffix(r.URL.Path, "/404") && (page-1)*tc.most >= tc.n {
					http.NotFound(w, r)
					return
				}
				list(w, r)
			}))
			s := harness.Start(t, "paginate 10 20 {\nupstream "+tc.upstream+"\n}\n"+up.proxy())
			r := send(t, pageClient(t), http.MethodGet, s.URL+tc.target)
			if asked := up.take(); len(asked) != tc.reads {
				t.Errorf("the upstream was asked %d times, want %d: %v", len(asked), tc.reads, asked)
			}
			if tc.n > 0 && tc.to == 0 {
				wantRefusal(t, r, http.StatusBadGateway, "upstream_malformed")
				if !strings.Contains(r.body, "upstream page { limit 100 }") {
					t.Errorf("the problem does not say what to do: %s", r.body)
				}
				return
			}
			wantOdd(t, r, tc.from, tc.to)
			if more := r.next(t) != ""; more != tc.more {
				t.Errorf("next: got %t, want %t", more, tc.more)
			}
			s.NoTrouble(t)
		})
	}
}

// TestPageOfAProvenUpstream: what an upstream has given once it need not show again.
func TestPageOfAProvenUpstream(t *testing.T) {
	for _, upstream := range []string{"link", "page"} {
		up := newUpstream(t, cappedList(25, 50))
		s := harness.Start(t, "paginate 10 20 {\nupstream "+upstream+"\n}\n"+up.proxy())
		c := pageClient(t)
		for _, tc := range []struct {
			target string
			reads  int
		}{
			{"/x?offset=20", 2}, // a short answer, of which nobody knows whether it is the last one
			{"/x", 1},           // a full one
			{"/x?offset=20", 1},
			{"/y?offset=20", 2}, // another list
		} {
			up.take()
			send(t, c, http.MethodGet, s.URL+tc.target)
			if asked := up.take(); upstream == "link" && len(asked) != tc.reads {
				t.Errorf("upstream %s, %s: asked %d times, want %d: %v", upstream, tc.target, len(asked), tc.reads, asked)
			}
		}
		s.NoTrouble(t)
	}
}

// TestPageOfABrokenUpstream: what goes wrong behind the first answer is a 502 and a line in
// the log, and never a short page.
func TestPageOfABrokenUpstream(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		second     http.HandlerFunc
	}{
		{"it fails", "answered with the status 503", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}},
		{"it dies before it answers", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"it dies within the list", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[1,2`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}},
		{"it is no JSON any more", "another media type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<html>`)
		}},
		{"it is no list any more", "has no list", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"error":"x"}`)
		}},
		{"it is cut off", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[1,2`)
		}},
		{"it begins anew", "ignore the parameter that says where to go on", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, oddItems(0, 5))
		}},
		{"it gives too many", "ignore paging parameters", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, oddItems(5, 30))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list := cappedList(30, 5)
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("offset") == "" {
					list(w, r)
					return
				}
				tc.second(w, r)
			}))
			s := harness.Start(t, "paginate 10 20 {\nupstream link {\nlimit 5\n}\n}\n"+up.proxy())
			r := send(t, pageClient(t), http.MethodGet, s.URL+"/x")
			wantRefusal(t, r, http.StatusBadGateway, "upstream_malformed")
			if strings.Contains(r.body, "reverseproxy") {
				t.Errorf("the client is told what is the operator's business: %s", r.body)
			}
			told := false
			for _, line := range s.WaitLog(t, "http.handlers.paginate", 2) {
				text := line.Text("error")
				told = told || line.Text("level") == "error" && strings.Contains(text, "reading on behind 5 items") && strings.Contains(text, tc.want)
				told = told || line.Text("level") == "error" && tc.want != "" && strings.Contains(text, tc.want)
			}
			if !told {
				t.Errorf("the log does not tell: %v", s.Log(t, "http.handlers.paginate"))
			}
		})
	}
}

// TestPagePartsPassTheSameWay: each read goes through the handlers behind us as the first
// one did, as the client's own request with another position.
func TestPagePartsPassTheSameWay(t *testing.T) {
	up := newUpstream(t, cappedList(30, 5))
	s := harness.Start(t, `handle_path /api/* {
		paginate 10 20 {
			upstream link {
				limit 5
			}
		}
		route {
			uri strip_prefix /v1
			uri query +extra 1
			request_header +X-Once yes
			handle /x {
				rewrite /list
				`+up.proxy()+`
			}
			handle {
				respond "not this way" 404
			}
		}
	}`)
	r := send(t, pageClient(t), http.MethodGet, s.URL+"/api/v1/x?limit=12&a=%7E", "If-None-Match: \"x\"", "Authorization: Bearer t")
	wantOdd(t, r, 0, 12)
	asked := up.take()
	if len(asked) != 3 {
		t.Fatalf("asked %v", asked)
	}
	for i, want := range []string{"limit=5&a=%7E&extra=1", "limit=5&offset=5&a=%7E&extra=1", "limit=3&offset=10&a=%7E&extra=1"} {
		a := asked[i]
		if !sameParams(a.query, want) || a.path != "/list" || a.header.Get("Authorization") != "Bearer t" ||
			len(a.header["X-Once"]) != 1 || a.header.Get("If-None-Match") != "" {
			t.Errorf("read %d: got %s?%s with %v, want the query %s", i+1, a.path, a.query, a.header, want)
		}
	}
	s.NoTrouble(t)
}

// sameParams tells whether two queries have the same parameters in some order.
func sameParams(a, b string) bool {
	x, _ := url.ParseQuery(a)
	y, _ := url.ParseQuery(b)
	return x.Encode() == y.Encode()
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

// TestUpstreamAnswersTooLarge: a page of several answers, of which one is too large to be
// held, ends before it; and the next one begins with it.
func TestUpstreamAnswersTooLarge(t *testing.T) {
	const item = 500
	for _, tc := range []struct{ name, upstream string }{
		{"pages", "upstream github {\nlimit 8\n}"},
		{"offsets", "upstream link {\nlimit 8\n}"},
		{"tokens", "upstream link {\ncursor after\nlimit 8\n}"},
	} {
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			number := func(name string) int { n, _ := strconv.Atoi(query.Get(name)); return n }
			size := max(number("limit"), number("per_page"))
			from := number("offset") + number("after") + max(number("page")-1, 0)*size
			to := min(from+size, 19)
			var items []string
			for i := from; i < to; i++ {
				items = append(items, fmt.Sprintf(`{"id":%d,"text":"%s"}`, i, strings.Repeat("x", item)))
			}
			if to < 19 {
				w.Header().Set("Link", fmt.Sprintf(`<?after=%d>; rel="next"`, to))
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, "[%s]", strings.Join(items, ","))
		}))
		s := harness.Start(t, "paginate 10 20 {\nmax_page_size 3KB\n"+tc.upstream+"\n}\n"+up.proxy())
		c := pageClient(t)
		seen := 0
		for target := s.URL + "/"; target != ""; {
			r := send(t, c, http.MethodGet, target)
			if r.status != http.StatusOK || len(r.body) > 3000 {
				t.Fatalf("%s, behind %d: got %d %.200s", tc.name, seen, r.status, r.body)
			}
			for _, text := range r.items(t) {
				if !strings.HasPrefix(text, fmt.Sprintf(`{"id":%d,`, seen)) {
					t.Fatalf("%s, behind %d: got %.40s", tc.name, seen, text)
				}
				seen++
			}
			target = r.next(t)
		}
		if seen != 19 {
			t.Errorf("%s: got %d items of 19", tc.name, seen)
		}
		s.NoTrouble(t)
	}
}
