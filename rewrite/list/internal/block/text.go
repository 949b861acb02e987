package block

// TextReach is how far behind a string Text reads.
const TextReach = 32

// Text tells whether p[:n] is the rest of a string behind its first quote, up to its last
// and with it: UTF-8 with escapes, and without control bytes. There are TextReach bytes
// behind it. It panics if it is not [Available].
func Text(p []byte, n int) bool {
	if n == 0 {
		return false
	}
	_ = p[n+TextReach-1]
	return checkText(p, n)
}
