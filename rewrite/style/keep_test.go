package style_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// TestBodyKeeps: a style that keeps the upstream's envelope sets its own members in it,
// adds those that clients need and it lacks, and touches nothing else.
func TestBodyKeeps(t *testing.T) {
	const own = `{"kind":"List","apiVersion":"v1","metadata":{"continue":"tok1","remainingItemCount":15},"items":[ITEMS]}`
	for _, tc := range []struct {
		name     string
		envelope string // with | where the items are
		page     style.Page
		want     string
	}{
		{
			"metadata before the list",
			`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"9007199254740993"},"items":[|]}`, firstPage,
			`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"9007199254740993","continue":"tok1","remainingItemCount":15},"items":[ITEMS]}`,
		},
		{
			"metadata behind the list", `{"items":[|],"n":1.0,"metadata":{}}`, firstPage,
			`{"items":[ITEMS],"n":1.0,"metadata":{"continue":"tok1","remainingItemCount":15},"kind":"List","apiVersion":"v1"}`,
		},
		{
			"no metadata", `{"kind":"L","items":[|]}`, uncounted(firstPage),
			`{"kind":"L","items":[ITEMS],"apiVersion":"v1","metadata":{"continue":"tok1"}}`,
		},
		{"no metadata on the last page", `{"kind":"L","apiVersion":"v2","items":[|]}`, lastPage, `{"kind":"L","apiVersion":"v2","items":[ITEMS]}`},
		{
			"the upstream's own token goes", `{"metadata":{"continue":"x","remainingItemCount":5,"a":1},"items":[|]}`, lastPage,
			`{"metadata":{"continue":"","a":1},"items":[ITEMS],"kind":"List","apiVersion":"v1"}`,
		},
		{
			"the upstream's own token is replaced", `{"metadata":{"continue":"","a":1},"items":[|]}`, uncounted(firstPage),
			`{"metadata":{"continue":"tok1","a":1},"items":[ITEMS],"kind":"List","apiVersion":"v1"}`,
		},
		{"metadata that is no object", `{"metadata":null,"items":[|]}`, uncounted(firstPage), `{"metadata":{"continue":"tok1"},"items":[ITEMS],"kind":"List","apiVersion":"v1"}`},
		{
			"white space, escapes and duplicates", "\ufeff{ \"a\" : \"n\\u0061me\" ,\n\"a\":1e5, \"items\" : [| ] , \"metadata\": { } ,\"kind\":0,\"apiVersion\":null}\n", uncounted(firstPage),
			"{ \"a\" : \"n\\u0061me\" ,\n\"a\":1e5, \"items\" : [ITEMS ] , \"metadata\": { \"continue\":\"tok1\"} ,\"kind\":0,\"apiVersion\":null}\n",
		},
		{"a list elsewhere", `{"kind":"L","rows":[|]}`, firstPage, own},
		{"a list elsewhere, beside items", `{"items":[],"rows":[|]}`, firstPage, own},
		{"a list elsewhere, behind items", `{"rows":[|],"items":[1]}`, firstPage, own},
		{"a root array", `[|]`, firstPage, own},
		{"an empty list that was found late", `|{"kind":"L","items":[ ],"metadata":{}}`, emptyPage, `{"kind":"L","items":[ ],"metadata":{},"apiVersion":"v1"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := styleNamed(t, "kube")
			shape, err := s.Shape()
			if err != nil {
				t.Fatal(err)
			}
			before, behind, _ := strings.Cut(tc.envelope, "|")
			f := factsOf(tc.page)
			f.Before, f.Behind = []byte(before), []byte(behind)
			items := "ITEMS"
			if tc.page == emptyPage {
				items = ""
			}
			got := string(s.AppendBody(nil, []byte(items), shape, f))
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if !json.Valid([]byte(strings.Replace(got, "ITEMS", "1", 1))) {
				t.Errorf("%s is no JSON", got)
			}
			if string(f.Before)+string(f.Behind) != before+behind {
				t.Error("the upstream's answer was changed in its place")
			}
		})
	}
}
