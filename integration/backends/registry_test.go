//go:build backends

package backends

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

const (
	registryTags = 258
	repository   = "demo/orders"
	manifestType = "application/vnd.docker.distribution.manifest.v2+json"
)

func startRegistry(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	registry := start(t, "/v2/", "docker-registry", func(address string) []string {
		config := filepath.Join(dir, "config.yml")
		content := fmt.Sprintf("version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: %q}\n", dir, address)
		if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
			t.Fatalf("writing the configuration: %v", err)
		}
		return []string{"serve", config}
	})
	fillRegistry(t, "http://"+registry.address)
	return registry
}

// fillRegistry pushes one small image and gives it all the tags.
func fillRegistry(t *testing.T, registry string) {
	t.Helper()
	config, layer := []byte(`{"architecture":"amd64","os":"linux"}`), []byte("a layer that nobody unpacks")
	for _, blob := range [][]byte{config, layer} {
		upload := send(t, http.MethodPost, registry+"/v2/"+repository+"/blobs/uploads/", "", nil, http.StatusAccepted)
		send(t, http.MethodPut, join(upload, "digest="+digest(blob)), "application/octet-stream", blob, http.StatusCreated)
	}
	manifest := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,`+
		`"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":%d,"digest":%q},`+
		`"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":%d,"digest":%q}]}`,
		manifestType, len(config), digest(config), len(layer), digest(layer))
	for i := range registryTags {
		send(t, http.MethodPut, fmt.Sprintf("%s/v2/%s/manifests/v1.%d.0_rc-%d", registry, repository, i, i%7), manifestType, manifest, http.StatusCreated)
	}
}

func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// send sends a body, asserts the status, and returns the Location.
func send(t *testing.T, method, url, contentType string, body []byte, status int) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("making the request %s %s: %v", method, url, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d", method, url, resp.StatusCode, status)
	}
	return resp.Header.Get("Location")
}

// A registry's tags are strings, which `list auto` does not look for: the list
// is named. Repository names hold slashes, which the `*` within a path matcher
// does not match: hence the regular expression. The rest of its API passes untouched.
func TestRegistryTags(t *testing.T) {
	registry := startRegistry(t)
	const path = "/v2/" + repository + "/tags/list"
	p := prove(t, legacy{
		backend: registry.address,
		path:    path,
		list:    "tags",
		routes: fmt.Sprintf(`@tags path_regexp ^/v2/.+/tags/list$
	paginate @tags {
		name tags
		limit 20 50
		list tags
	}
	reverse_proxy %s`, registry.address),
	})
	t.Run("skopeo", func(t *testing.T) {
		before := len(requests(t, p, path, 0))
		checkSkopeo(t, p, registry)
		pages := (registryTags + defaultLimit - 1) / defaultLimit
		if got := len(requests(t, p, path, before+pages)) - before; got != pages {
			t.Errorf("skopeo sent %d list requests, want %d", got, pages)
		}
	})
}

// checkSkopeo asserts that an unmodified skopeo reads every tag through us, once.
func checkSkopeo(t *testing.T, p *harness.Caddy, registry *process) {
	t.Helper()
	want := skopeoTags(t, registry.address)
	if len(want) != registryTags {
		t.Fatalf("skopeo reads %d tags from the registry itself, want %d", len(want), registryTags)
	}
	if got := skopeoTags(t, p.URL[len("http://"):]); !slices.Equal(got, want) {
		t.Errorf("skopeo through us:\ngot  %d tags %q\nwant %d tags %q", len(got), got, len(want), want)
	}
}

func skopeoTags(t *testing.T, address string) []string {
	t.Helper()
	tags, err := listTags(t, address)
	if err != nil {
		t.Fatalf("running skopeo: %v", err)
	}
	return tags
}

// listTags runs skopeo, which may fail: then the error has what it wrote.
func listTags(t *testing.T, address string) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, needProgram(t, "skopeo"), "list-tags", "--tls-verify=false", "docker://"+address+"/"+repository)
	// A home of its own: the user's registries and logins are not our business.
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	var list struct{ Tags []string }
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatalf("reading skopeo's answer: %v in %s", err, out)
	}
	return list.Tags, nil
}
