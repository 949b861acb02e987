//go:build amd64 && !purego

package block

import (
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
)

// guarded is memory behind which there is none: whoever reads or writes there panics.
func guarded(t *testing.T, size int) []byte {
	t.Helper()
	page := os.Getpagesize()
	whole := (size + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, whole+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mprotect(mem[whole:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return mem[whole-size : whole : whole]
}

// The kernels read no byte behind a text, and write none behind what they may write to.
func TestGuarded(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	steps := orders()
	bodies := []string{strings.Repeat(`{"id":1,"x":2,"by":{"age":3,"name":"a"},"of":[{"k":1}],"y":[[]],"z":"b"},`, 9)}
	for _, tc := range texts {
		bodies = append(bodies, strings.Repeat(tc.text, 3))
	}
	const most = 2 << 10
	mem, room := guarded(t, most), guarded(t, most+2*Reach)
	for _, body := range bodies {
		for n := range min(len(body), most) {
			p := mem[most-n:]
			copy(p, body)
			known := n / Size * Size
			ScanAll(make([]Structure, n/Size), p, new(State))
			scratch.Draw(0, p, new(State))
			if known > 0 {
				dst := room[len(room)-Reach-n:]
				Run(steps, &scratch, known, p, dst, 99, new(Cursor))
			}
			skimming := Skimming{Depth: 1}
			skimming.Follows([]byte("},{"))
			Skim(p, 0, &skimming)
			if n > TextReach {
				Text(p, n-TextReach)
			}
		}
	}
}
