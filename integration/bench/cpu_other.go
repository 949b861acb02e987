//go:build !linux

package main

import (
	"errors"
	"time"
)

// cpu is told by Linux only, as the memory is.
func (p *process) cpu() (time.Duration, error) {
	return 0, errors.New("reading the process's clock: only Linux has it")
}
