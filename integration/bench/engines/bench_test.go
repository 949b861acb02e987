//go:build unix

package main

import (
	"sync"
	"syscall"
	"testing"
	"time"
)

// lists are made once, as they take a while, and only for benchmarks.
var lists = sync.OnceValue(func() []shape { return shapes(bodySize) })

// each runs a work with every list and engine. It is done once before it is
// timed, so that there is room for what it writes. What that is, TestEnginesAgree
// compares.
func each(b *testing.B, work func(e engine, s shape, dst []byte) ([]byte, error), bytes func(s shape, written []byte) int) {
	for _, s := range lists() {
		for _, contender := range engines {
			b.Run("shape="+s.name+"/engine="+contender.name, func(b *testing.B) {
				e := contender.make()
				written, err := work(e, s, nil)
				if err != nil {
					b.Fatal(err)
				}
				size := bytes(s, written)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				before := used(b)
				for b.Loop() {
					if written, err = work(e, s, written[:0]); err != nil {
						b.Fatal(err)
					}
				}
				// On a busy machine the time that has passed says little.
				if took := used(b) - before; took > 0 {
					b.ReportMetric(float64(size)*float64(b.N)/took.Seconds(), perCPU)
				}
			})
		}
	}
}

// used is the processor time that we have taken so far, collecting garbage
// included.
func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatalf("reading the processor time: %v", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func wholeBody(s shape, _ []byte) int { return len(s.body) }

func BenchmarkBoundaries(b *testing.B) {
	each(b, func(e engine, s shape, dst []byte) ([]byte, error) {
		_, err := e.boundaries(s.body)
		return dst, err
	}, wholeBody)
}

// BenchmarkPage counts the bytes that are written: nobody reads the list's rest.
func BenchmarkPage(b *testing.B) {
	each(b, func(e engine, s shape, dst []byte) ([]byte, error) {
		return e.page(dst, s.body, pageItems)
	}, func(_ shape, page []byte) int { return len(page) })
}

func BenchmarkProject(b *testing.B) {
	each(b, func(e engine, s shape, dst []byte) ([]byte, error) {
		return e.project(dst, s.body, s)
	}, wholeBody)
}
