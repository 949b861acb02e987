package list

// deepValue is how deep valueEnd goes: as deep as a word has bits.
const deepValue = 64

// valueEnd checks the value at p[i] and returns the position behind it, or broken if
// there is none, if it may go on behind p, or if it nests deeper than deepValue. It is
// the scanner without states and events: whatever it finds broken, the scanner reads
// again and tells what it is.
func valueEnd(p []byte, i int) int {
	objects, depth := uint64(0), 0 // a bit for each open container, the innermost last
	for i < len(p) {
		switch c := p[i]; c {
		case '{', '[':
			if depth++; depth > deepValue {
				return broken
			}
			objects = objects<<1 | uint64(c>>5&1) // bit 5 tells one from the other
			if i = blank(p, i+1); byteAt(p, i) == closing(c) {
				depth--
				objects >>= 1
				i++
				break
			}
			if c == '{' {
				i = nameEnd(p, i)
			}
			if i == broken {
				return broken
			}
			continue
		default:
			if i = scalarEnd(p, i); i == broken {
				return broken
			}
		}
		if i, objects, depth = behindValue(p, i, objects, depth); depth == 0 || i == broken {
			return i
		}
	}
	return broken
}

// behindValue reads what follows a value, up to the next one or the end of the outermost
// container.
func behindValue(p []byte, i int, objects uint64, depth int) (int, uint64, int) {
	for ; depth > 0; depth-- {
		i = blank(p, i)
		c := byteAt(p, i)
		if c == ',' {
			if i = blank(p, i+1); objects&1 != 0 {
				i = nameEnd(p, i)
			}
			return i, objects, depth
		}
		if c != ']'+byte(objects&1)<<5 {
			return broken, 0, depth
		}
		objects >>= 1
		i++
	}
	return i, objects, 0
}

// nameEnd checks the name at p[i] and returns the position of its value, or broken.
func nameEnd(p []byte, i int) int {
	if i >= len(p) {
		return broken
	}
	if i = stringEnd(p, i); i == broken {
		return broken
	}
	if i = blank(p, i); byteAt(p, i) != ':' {
		return broken
	}
	return blank(p, i+1)
}

// blank is skipBlanks, in a hurry where there is none.
func blank(p []byte, i int) int {
	if i < len(p) && p[i] > ' ' {
		return i
	}
	return skipBlanks(p, i)
}
