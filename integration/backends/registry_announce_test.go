//go:build backends

package backends

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// skopeo follows the first link of an answer, whatever its rel. So an announcement
// with a link in it breaks the clients that it is to warn, unless `links off` leaves
// the link out; a page's own link comes first, and hides the others.
func TestSkopeoFollowsAnyLink(t *testing.T) {
	registry := startRegistry(t)
	want := skopeoTags(t, registry.address)
	if len(want) != registryTags {
		t.Fatalf("skopeo reads %d tags from the registry itself, want %d", len(want), registryTags)
	}
	const announced, brownout, enforced = "2030-01-02", "2030-02-01", "2030-07-01"
	pages := (registryTags + defaultLimit - 1) / defaultLimit
	for _, tc := range []struct {
		name, retire, now string
		lists             int    // requests for the list
		astray            string // where skopeo goes instead, and fails
	}{
		{"announce, docs", "docs https://docs.example/paging", announced, 1, "/paging"},
		{"announce, policy", "policy https://docs.example/policy", announced, 1, "/policy"},
		{"announce, docs, links off", "docs https://docs.example/paging\nlinks off", announced, 1, ""},
		{"announce, no links", "", announced, 1, ""},
		{"brownout, docs", "docs https://docs.example/paging", brownout, pages, ""},
		{"enforce, docs", "docs https://docs.example/paging", enforced, pages, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at, err := retire.ParseDate(tc.now)
			if err != nil {
				t.Fatal(err)
			}
			clock.Freeze(at)
			t.Cleanup(clock.Resume)
			p := harness.Start(t, announceTags(registry, tc.retire))
			got, err := listTags(t, p.URL[len("http://"):])
			switch {
			case tc.astray != "":
				if err == nil || !strings.Contains(err.Error(), "404") {
					t.Errorf("got %d tags and %v, want skopeo to fail on what is no list", len(got), err)
				}
				requests(t, p, tc.astray, 1)
			case err != nil:
				t.Errorf("running skopeo: %v", err)
			case !slices.Equal(got, want):
				t.Errorf("skopeo through us:\ngot  %d tags %q\nwant %d tags %q", len(got), got, len(want), want)
			}
			if lists := len(requests(t, p, "/v2/"+repository, tc.lists)); lists != tc.lists {
				t.Errorf("skopeo sent %d list requests, want %d", lists, tc.lists)
			}
			affected := p.Adoption(t, tc.lists)[0]["paginate.affected"]
			if affected != true {
				t.Errorf("the record of the first request: affected %v, want true", affected)
			}
		})
	}
}

// announceTags is a site in front of a registry with a calendar for lists of tags.
func announceTags(registry *process, options string) string {
	return fmt.Sprintf(`@tags path_regexp ^/v2/.+/tags/list$
	paginate @tags {
		name tags
		limit 20 50
		list tags
		retire {
			deprecated 2030-01-01
			brownout 2030-02-01 1h
			sunset 2030-07-01
			%s
		}
	}
	reverse_proxy %s`, options, registry.address)
}
