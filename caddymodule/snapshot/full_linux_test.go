package snapshot

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// A file that cannot grow costs the snapshot, and no more. The limit holds for a whole
// process, so that the test starts another one for it.
func TestFileFull(t *testing.T) {
	const child = "SNAPSHOT_TEST_FILE_FULL"
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFileFull$", "-test.v") //nolint:gosec // this program
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 2 * batch, Max: 2 * batch}); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, fileStore(t), 0)
	body := items(40_000)
	s := r.open(t, key(1), sends(body, 32<<10))
	if _, err := awaited(t, s, -1); !errors.Is(err, syscall.EFBIG) || !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	if got, more := page(t, s, 5000, 1); got != `[ {"id":5000,"name":"item 5000"}]` || !more {
		t.Errorf("what came before is %q", got)
	}
	if alive, bytes := r.witness.held(); alive != 0 || bytes != 0 || r.witness.of("failed, first true") != 1 {
		t.Errorf("%d snapshots of %d bytes are left, told %v", alive, bytes, r.witness)
	}
	r.clock.pass(pause)
	await(t, r.open(t, key(1), sends(items(10), 10)), -1)
}
