package legacyapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// repeated is the text of a list whose orders repeat themselves.
func repeated(shape legacyapi.Shape, period, from, to int) string {
	open, between, end := "[", ",", "]\n"
	if shape == legacyapi.Pretty {
		open, between, end = "[\n  ", ",\n  ", "\n]\n"
	}
	if from == to {
		return "[]\n"
	}
	var items []string
	for i := from; i < to; i++ {
		items = append(items, string(legacyapi.AppendItem(nil, shape, i%period)))
	}
	return open + strings.Join(items, between) + end
}

func TestAListRepeatsItself(t *testing.T) {
	_, url := serve(t, legacyapi.Options{})
	for _, shape := range shapes {
		for _, tc := range []struct {
			name, query      string
			period, from, to int
		}{
			{"less than once", "_n=3&_period=7", 7, 0, 3},
			{"once", "_n=7&_period=7", 7, 0, 7},
			{"a few times and a rest", "_n=23&_period=7", 7, 0, 23},
			{"one order for ever", "_n=9&_period=1", 1, 0, 9},
			{"more than a block", "_n=2000&_period=300", 300, 0, 2000},
			{"no orders", "_n=0&_period=7", 7, 0, 0},
			{"a native page across the seam", "_n=23&_period=7&_native=offset&offset=5&limit=12", 7, 5, 17},
			{"a known length", "_n=23&_period=7&_length=known", 7, 0, 23},
			{"a fault that does nothing here", "_n=23&_period=7&_fault=die@99", 7, 0, 23},
		} {
			t.Run(fmt.Sprintf("%s/%s", shape, tc.name), func(t *testing.T) {
				_, got, err := get(t, http.MethodGet, fmt.Sprintf("%s/orders?_shape=%s&%s", url, shape, tc.query))
				if err != nil {
					t.Fatal(err)
				}
				if want := repeated(shape, tc.period, tc.from, tc.to); got != want {
					t.Errorf("got %.3000q\nwant %.3000q", got, want)
				}
			})
		}
	}
}

func TestAnOrderIsTheOneOfTheList(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Period: 7})
	_, got, err := get(t, http.MethodGet, url+"/orders/10")
	if err != nil {
		t.Fatal(err)
	}
	if want := string(legacyapi.AppendItem(nil, legacyapi.Small, 2)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestThePeriodIsBounded(t *testing.T) {
	_, url := serve(t, legacyapi.Options{})
	for _, period := range []string{"-1", "65537", "many"} {
		res, _, err := get(t, http.MethodGet, url+"/orders?_n=3&_period="+period)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := res.StatusCode, http.StatusBadRequest; got != want {
			t.Errorf("period %s: got %d, want %d", period, got, want)
		}
	}
}

func TestARepeatedListIsCounted(t *testing.T) {
	api, url := serve(t, legacyapi.Options{})
	_, body, err := get(t, http.MethodGet, url+"/orders?_n=1000&_period=7")
	if err != nil {
		t.Fatal(err)
	}
	stats := settled(t, api)
	if got := stats.Recent[0].Items; got != 1000 {
		t.Errorf("got %d items, want 1000", got)
	}
	if got, want := stats.Bytes, int64(len(body)); got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
}
