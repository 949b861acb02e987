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
