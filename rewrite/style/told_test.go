package style_test

import (
	"slices"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// TestHear: what an upstream says of its list, in the words of its style.
func TestHear(t *testing.T) {
	link := func(line string) map[string][]string { return map[string][]string{"Link": {line}} }
	for _, tc := range []struct {
		name, style string
		header      map[string][]string
		body        string
		want        style.Told
	}{
		{"nothing", "link", nil, "", style.Told{Total: -1}},
		{"a next link", "link", link(`<?page=2>; rel="next"`), "", style.Told{More: style.Yes, Total: -1}},
		{"the last page's links", "github", link(`<?page=1>; rel="prev", <?page=1>; rel="first"`), "", style.Told{More: style.No, Total: -1}},
		{"another link", "github", link(`</style.css>; rel="preload"`), "", style.Told{Total: -1}},
		{"a total with more", "page", map[string][]string{"X-Total-Count": {"11"}}, "", style.Told{More: style.Yes, Total: 11}},
		{"a total without", "page", map[string][]string{"X-Total-Count": {"10"}}, "", style.Told{More: style.No, Total: 10}},
		{"no total", "page", map[string][]string{"X-Total-Count": {"many"}}, "", style.Told{Total: -1}},
		{"gitlab", "gitlab", map[string][]string{"X-Next-Page": {"2"}, "X-Total": {"30"}}, "", style.Told{More: style.Yes, Total: 30}},
		{"the end of gitlab", "gitlab", map[string][]string{"X-Next-Page": {""}}, "", style.Told{More: style.No, Total: -1}},
		{"drf", "drf", nil, `{"count":30,"next":"http://x/?offset=10","results":[]}`, style.Told{More: style.Yes, Total: 30}},
		{"the end of drf", "drf", nil, `{"count":10,"next":null,"results":[]}`, style.Told{More: style.No, Total: 10}},
		{"a link is believed before a total", "drf", nil, `{"count":3,"next":"x","results":[]}`, style.Told{More: style.Yes, Total: 3}},
		{"drf without a word", "drf", nil, `{"results":[]}`, style.Told{Total: -1}},
		{"msgraph", "msgraph", nil, `{"value":[],"@odata.nextLink":"x"}`, style.Told{More: style.Yes, Total: -1}},
		{"the end of msgraph", "msgraph", nil, `{"value":[]}`, style.Told{More: style.Quiet, Total: -1}},
		{"the end of msgraph, said", "msgraph", nil, `{"value":[],"@odata.nextLink":null}`, style.Told{More: style.No, Total: -1}},
		{"the end of google", "google", nil, `{"files":[]}`, style.Told{More: style.Quiet, Total: -1}},
		{"hal", "hal", nil, `{"_links":{"self":{"href":"x"},"next":{"href":"y"}},"page":{"totalElements":12}}`, style.Told{More: style.Yes, Total: 12}},
		{"the end of hal", "hal", nil, `{"_links":{"self":{"href":"x"}}}`, style.Told{More: style.No, Total: -1}},
		{"hal without links", "hal", nil, `{}`, style.Told{Total: -1}},
		{"spring", "spring", nil, `{"content":[],"last":false}`, style.Told{More: style.Yes, Total: -1}},
		{"the end of spring", "spring", nil, `{"content":[],"last":true,"totalElements":10}`, style.Told{More: style.No, Total: 10}},
		{"a link as an object", "jsonapi", nil, `{"data":[],"links":{"next":{"href":"x"}}}`, style.Told{More: style.Yes, Total: -1}},
		{"no link of jsonapi", "jsonapi", nil, `{"data":[],"links":{"next":null}}`, style.Told{More: style.No, Total: -1}},
		{"a token", "google", nil, `{"files":[],"nextPageToken":"x"}`, style.Told{More: style.Yes, Total: -1}},
		{"a token that is 0", "google", nil, `{"files":[],"nextPageToken":0}`, style.Told{More: style.No, Total: -1}},
		{"a link that is false", "drf", nil, `{"next":false,"results":[]}`, style.Told{More: style.No, Total: -1}},
		{"an empty token", "google", nil, `{"files":[],"nextPageToken":""}`, style.Told{More: style.No, Total: -1}},
	} {
		l, err := styleNamed(t, tc.style).Listener()
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Hear(tc.header, []byte(tc.body), 10); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

// TestListenerKnowsTheTemplate: where the list is, and whether there is a total.
func TestListenerKnowsTheTemplate(t *testing.T) {
	for _, tc := range []struct {
		style  string
		list   []string
		counts bool
	}{
		{"link", nil, true},
		{"github", nil, false},
		{"gitlab", nil, true},
		{"drf", []string{"results"}, true},
		{"msgraph", []string{"value"}, false},
		{"google", nil, false},
		{"hal", []string{"_embedded", "items"}, true},
		{"jsonapi", []string{"data"}, true},
	} {
		l, err := styleNamed(t, tc.style).Listener()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(l.List(), tc.list) || l.Counts() != tc.counts {
			t.Errorf("%s: got the list at %v, a total %t", tc.style, l.List(), l.Counts())
		}
	}
}

// TestHearTokens: of an upstream with tokens, where the list goes on, by the parameter at.
func TestHearTokens(t *testing.T) {
	link := func(line string) map[string][]string { return map[string][]string{"Link": {line}} }
	for _, tc := range []struct {
		name, style string
		header      map[string][]string
		body        string
		want        string
	}{
		{"none", "google", nil, `{"files":[]}`, ""},
		{"null", "google", nil, `{"files":[],"nextPageToken":null}`, ""},
		{"a flag", "google", nil, `{"files":[],"nextPageToken":false}`, ""},
		{"in the body", "google", nil, `{"files":[],"nextPageToken":"a\u002b \/="}`, "a+ /="},
		{"a number", "kube", nil, `{"metadata":{"continue":1e3}}`, "1e3"},
		{"deeper", "slack", nil, `{"response_metadata":{"next_cursor":"x=="}}`, "x=="},
		{"in a URL of the body", "odata", nil, `{"@odata.nextLink":"https://b/c?a=1&at=x%2By+z&b=%zz#?at=no"}`, "x+y z"},
		{"in a URL that is relative", "drf", nil, `{"next":"?at=x"}`, "x"},
		{"in a URL in another letter case", "odata", nil, `{"@odata.nextLink":"?AT=x"}`, "x"},
		{"in a URL in both", "odata", nil, `{"@odata.nextLink":"?AT=x&at=y"}`, "y"},
		{"in no URL", "odata", nil, `{"@odata.nextLink":"at=x"}`, ""},
		{"by another name", "odata", nil, `{"@odata.nextLink":"?cursor=x&cat=y"}`, ""},
		{"in a URL of an object", "jsonapi", nil, `{"links":{"next":{"href":"/?at=x"}}}`, "x"},
		{"in Link", "link", link(`<?at=no>; rel="prev", <https://b/?c="a,b;c"&at=x>; title="a, b"; rel="next"`), "", "x"},
		{"in Link beside a body", "google", link(`<?at=x>; rel=next`), `{"files":[]}`, "x"},
		{"in Link and in the body", "google", link(`<?at=x>; rel=next`), `{"files":[],"nextPageToken":"y"}`, "y"},
		{"in Link behind no URL", "link", link(`at=x; rel="next"`), "", ""},
	} {
		s := *styleNamed(t, tc.style)
		s.Position, s.Params.Cursor = style.ByToken, "at"
		l, err := s.Listener()
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Hear(tc.header, []byte(tc.body), -1); got.Token != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got.Token, tc.want)
		}
	}
}

// TestHearTokenAtTheEnd: nothing stands behind a token beside the word that this is the end.
func TestHearTokenAtTheEnd(t *testing.T) {
	link := map[string][]string{"Link": {`<?at=x>; rel="next"`}}
	for _, tc := range []struct {
		name, style string
		header      map[string][]string
		body        string
		want        style.Told
	}{
		{"more", "cursor", nil, `{"pagination":{"has_more":true,"next_cursor":"x"}}`, style.Told{More: style.Yes, Total: -1, Token: "x"}},
		{"no more", "cursor", nil, `{"pagination":{"has_more":false,"next_cursor":"x"}}`, style.Told{More: style.No, Total: -1}},
		{"the last", "spring", link, `{"content":[],"last":true}`, style.Told{More: style.No, Total: -1}},
		{"not the last", "spring", link, `{"content":[],"last":false}`, style.Told{More: style.Yes, Total: -1, Token: "x"}},
		{"no token in the body, one in Link", "google", link, `{"files":[],"nextPageToken":null}`, style.Told{More: style.Yes, Total: -1, Token: "x"}},
	} {
		s := *styleNamed(t, tc.style)
		s.Position = style.ByToken
		if tc.header != nil {
			s.Params.Cursor = "at"
		}
		l, err := s.Listener()
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Hear(tc.header, []byte(tc.body), -1); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
