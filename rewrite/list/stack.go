package list

// bits is a stack of booleans: which of the open containers are objects. One bit
// a level, so that a depth of ten thousand costs 1.25 KB and no recursion.
type bits struct {
	words []uint64
	n     int
}

func (b *bits) push(object bool) {
	if b.n>>6 == len(b.words) {
		b.words = append(b.words, 0)
	}
	w, m := b.n>>6, uint64(1)<<(b.n&63)
	if object {
		b.words[w] |= m
	} else {
		b.words[w] &^= m
	}
	b.n++
}

func (b *bits) pop() { b.n-- }

// object tells whether the innermost open container is an object.
func (b *bits) object() bool {
	if b.n == 0 {
		return false
	}
	i := b.n - 1
	return b.words[i>>6]>>(i&63)&1 != 0
}
