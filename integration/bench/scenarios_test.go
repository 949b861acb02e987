package main

import (
	"strings"
	"testing"
)

func TestCheckTrimmed(t *testing.T) {
	const whole = `[{"id":1,"a":"x","b":{"c":2}},{"id":2,"a":1.0,"b":{"c":3}}]`
	for _, tc := range []struct{ name, trimmed, wantError string }{
		{"right", `[{"id":1,"b":{}},{"id":2,"b":{"c":3}}]`, ""},
		{"an item is missing", `[{"id":1,"b":{}}]`, "got 1 items, want 2"},
		{"nothing is trimmed", whole, "got 3 members, want 2"},
		{"a value is another", `[{"id":1,"b":{}},{"id":3,"b":{}}]`, "item 1: got 3"},
		{"a member is another", `[{"id":1,"a":"x"},{"id":2,"a":1.0}]`, `got the member "a"`},
		{"not closed", `[{"id":1,"b":{}}`, "reading the trimmed list"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := checkTrimmed([]byte(whole), []byte(tc.trimmed), []string{"id", "b"})
			if tc.wantError == "" && err != nil || tc.wantError != "" && (err == nil || !strings.Contains(err.Error(), tc.wantError)) {
				t.Errorf("got %v, want %q", err, tc.wantError)
			}
		})
	}
}

func TestTurns(t *testing.T) {
	var got []int
	if err := inTurn(3, func(side int) error {
		got = append(got, side)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []int{plain, ours, ours, plain, plain, ours}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
