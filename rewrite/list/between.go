package list

// Between is what stands between the brackets of the list: the items of the page,
// as they came or trimmed, and what separates them. It is valid as long as Bytes is,
// and empty once bytes have been taken.
func (r *Reader) Between() []byte {
	if r.seek.prefix > r.end {
		return nil
	}
	return r.out[r.seek.prefix:r.end]
}

// Around is what stands before and behind Between, up to the list's brackets and with
// them. It is valid as long as Bytes is.
func (r *Reader) Around() (before, behind []byte) {
	end := max(r.end, r.seek.prefix)
	return r.out[:r.seek.prefix], r.out[end:]
}
