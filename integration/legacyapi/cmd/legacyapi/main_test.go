package main

import (
	"strings"
	"testing"
)

func TestMistakesOnTheCommandLine(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown shape", []string{"-shape", "round"}, `"round" is no shape`},
		{"bad fault", []string{"-fault", "die"}, "reading the fault's place"},
		{"an argument", []string{"orders"}, `unexpected "orders"`},
		{"no such address", []string{"-listen", "127.0.0.1:x"}, "opening the port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := run(t.Context(), tc.args)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}
