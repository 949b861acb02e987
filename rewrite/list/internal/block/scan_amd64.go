//go:build amd64 && !purego

package block

import "golang.org/x/sys/cpu"

// Available tells whether Skim, ScanAll, Draw, Run and Text can be used.
var Available = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ

// wide tells whether vectors may have 64 bytes. Processors that lack VBMI2 clock down for these.
var wide = Available && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VBMI2

func skimBlocks(p []byte, blocks int, s *Skimming) int {
	if wide {
		return skim512(&p[0], blocks, &s.InString)
	}
	return skim(&p[0], blocks, &s.InString)
}

func scanAll(dst []Structure, p []byte, s *State) {
	if wide {
		structure512(&dst[0].Open, &p[0], len(dst), &s.InString)
	} else {
		structure(&dst[0].Open, &p[0], len(dst), &s.InString)
	}
}

func draw(dst *uint64, p []byte, blocks int, s *State) {
	if wide {
		bitmaps512(dst, &p[0], blocks, &s.InString)
	} else {
		bitmaps(dst, &p[0], blocks, &s.InString)
	}
}

func checkText(p []byte, n int) bool { return text(&p[0], n) }

func run(steps []Step, m *Map, drawn, stop int, p, dst []byte, items int, c *Cursor) {
	walk(&steps[0].Text[0], &m.All[0], drawn, stop, &p[0], &dst[0], len(dst)-Reach, items, &c.Step)
}
