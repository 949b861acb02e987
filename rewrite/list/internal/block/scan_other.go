//go:build !amd64 || purego

package block

// Available tells whether Scan and ScanAll can be used.
const Available = false

func scan([]Brackets, []byte, *State) { panic("block: not available") }

func scanAll([]Structure, []byte, *State) { panic("block: not available") }
