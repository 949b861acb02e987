//go:build !amd64 || purego

package block

// Available tells whether Skim, ScanAll, Index, Run and Text can be used.
const Available = false

func skimBlocks([]byte, int, *Skimming) int { panic("block: not available") }

func scanAll([]Structure, []byte, *State) { panic("block: not available") }

func index([]uint32, []byte, []byte, int, uint32, *State) int { panic("block: not available") }

func checkText([]byte, int) bool { panic("block: not available") }

func run([]Step, []uint32, []byte, int, []byte, []byte, int, *Cursor) { panic("block: not available") }
