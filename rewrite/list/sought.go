package list

// Sought tells whether the item that Options.After names has been read. Then the page
// begins behind it, or behind a later one of the same key; until then, where a page
// begins is known only once the whole list has been read.
func (r *Reader) Sought() bool { return r.seek.found }
