//go:build backends

package clients

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// goClients are the libraries of Go.
var goClients = []client{
	{style: "github", name: "go-github", backwards: true, http2: true, says: tooLarge},
	{style: "gitlab", name: "client-go", backwards: true, http2: true, says: tooLarge},
	{style: "jsonapi", name: "go-tfe", backwards: true, http2: true, says: tooLarge},
	{style: "stripe", name: "stripe-go", needsAll: true, before: true, keyed: true, rooted: true, http2: true, says: tooLarge},
	{style: "google", name: "drive", keyed: true, http2: true, says: tooLarge},
	{style: "google", name: "secretmanager", keyed: true, http2: true, says: tooLarge},
	{style: "slack", name: "slack-go", unasked: labMax, keyed: true, needsAll: true, http2: true, says: "invalid_limit"},
	{style: "kube", name: "kubernetes", unasked: labMax, keyed: true, http2: true, says: tooLarge},
	{style: "link", name: "oras-go", rooted: true, http2: true, says: "400: Bad Request"},
}

// startGo builds the program with the libraries of Go and starts it: it has to trust a
// lab's certificates.
func startGo(t *testing.T, l *lab) *talk {
	t.Helper()
	program := filepath.Join(t.TempDir(), "walk")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = "go"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v; %s\n%s", err, howToRun, out)
	}
	return startProgram(t, l, program)
}

// startProgram starts a program that has to trust a lab's certificates, however its
// libraries are told.
func startProgram(t *testing.T, l *lab, program string, args ...string) *talk {
	t.Helper()
	return talkTo(t, programFor(t, l, program, args...))
}

func programFor(t *testing.T, l *lab, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+l.CA, "REQUESTS_CA_BUNDLE="+l.CA)
	return cmd
}

func TestWalkGo(t *testing.T) {
	l := startLab(t)
	k := startGo(t, l)
	proveAll(t, l, goClients, k.walk)
}

func TestWalkGoHTTP2(t *testing.T) {
	l := startLabTLS(t)
	k := startGo(t, l)
	proveHTTP2(t, l, goClients, k.walk)
}

func TestWalkGoRefused(t *testing.T) {
	l := startLabWith(t, "over_max reject")
	k := startGo(t, l)
	proveRefused(t, l, goClients, k.walk)
}
