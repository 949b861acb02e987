//go:build !amd64 || purego

package block

// Available tells whether Skim, ScanAll, Draw, Run and Text can be used.
const Available = false

func skimBlocks([]byte, int, *Skimming) int { panic("block: not available") }

func scanAll([]Structure, []byte, *State) { panic("block: not available") }

func draw(*uint64, []byte, int, *State) { panic("block: not available") }

func checkText([]byte, int) bool { panic("block: not available") }

func run([]Step, *Map, int, int, []byte, []byte, int, *Cursor) { panic("block: not available") }
