package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// family is a process with all that it started and that still run: what a
// server with workers is. A process that ended since it was looked for is still
// in it, and has no figures.
func family(root *process) []*process {
	children := everyonesChildren()
	all := []*process{root}
	for i := 0; i < len(all); i++ { // all grows
		for _, pid := range children[all[i].cmd.Process.Pid] {
			if child, err := os.FindProcess(pid); err == nil {
				all = append(all, &process{cmd: &exec.Cmd{Process: child}})
			}
		}
	}
	return all
}

// everyonesChildren are the processes that each process started, in one look.
func everyonesChildren() map[int][]int {
	// /proc/PID/task/TID/children would tell of one alone, but not every kernel has it.
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		panic(err) // the pattern is good
	}
	children := make(map[int][]int)
	for _, file := range stats {
		parent, err := parentOf(file)
		if err != nil {
			continue // it has ended
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	return children
}

// parentOf reads the parent's id from a /proc/PID/stat.
func parentOf(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading a process's parent: %w", err)
	}
	// The second field is the program's name, which may hold spaces: proc(5).
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const parent = 4 - 3 // counted from the third field on
	if len(fields) <= parent {
		return 0, fmt.Errorf("reading a process's parent: %q is too short", text)
	}
	return strconv.Atoi(fields[parent])
}
