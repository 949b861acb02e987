//go:build backends

package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// gh is GitHub's command line.
var gh = client{style: "github", name: "gh", unasked: 100, http2: true, says: tooLarge}

// ghWalker runs gh once for each list. It prints the pages as they are, one behind the
// other.
func ghWalker(l *lab) walker {
	return func(t *testing.T, j job) (w walk) {
		t.Helper()
		url := fmt.Sprintf("%s/repos/acme/%s/issues?state=all", j.Base, j.List)
		if j.Size > 0 {
			url += "&per_page=" + strconv.Itoa(j.Size)
		}
		var stdout, stderr strings.Builder
		cmd := programFor(t, l, "gh", "api", "--paginate", url)
		cmd.Env = append(cmd.Env, "GH_TOKEN=none", "GH_CONFIG_DIR="+t.TempDir(), "GH_NO_UPDATE_NOTIFIER=1")
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			// What it prints then is the error as it came.
			return walk{Error: fmt.Sprintf("%v: %s", err, stderr.String())}
		}
		for pages := json.NewDecoder(strings.NewReader(stdout.String())); ; {
			var page []struct{ ID int }
			err := pages.Decode(&page)
			if errors.Is(err, io.EOF) {
				return w
			}
			if err != nil {
				t.Fatalf("reading what gh printed: %v in %.500s", err, stdout.String())
			}
			for _, item := range page {
				w.IDs = append(w.IDs, strconv.Itoa(item.ID))
			}
		}
	}
}

func TestWalkGH(t *testing.T) {
	l := startLab(t)
	proveAll(t, l, []client{gh}, ghWalker(l))
}

func TestWalkGHHTTP2(t *testing.T) {
	l := startLabTLS(t)
	proveHTTP2(t, l, []client{gh}, ghWalker(l))
}

func TestWalkGHRefused(t *testing.T) {
	l := startLabWith(t, "over_max reject")
	proveRefused(t, l, []client{gh}, ghWalker(l))
}
