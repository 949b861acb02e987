package list

// pardon writes a body as it may as well be for a reader that got this of it. An
// object or array that is left out may hold anything whose strings end and whose
// brackets are as many as they should: it is written as empty.
func (how reading) pardon(body string, got result) string {
	return pardon(body, how.Path, func(item int64, _ byte) bool { return how.leavesOut(item, got) })
}

// pardonTrimmed writes objects that are trimmed as empty, too. What is left of them
// has to be JSON all the same.
func (how reading) pardonTrimmed(body string, got result) string {
	return pardon(body, how.Path, func(item int64, first byte) bool {
		return first == '{' && how.Mask != nil && !how.keyed(got) || how.leavesOut(item, got)
	})
}

// keyed tells whether a key is looked for, which may be anywhere in an item.
func (how reading) keyed(got result) bool {
	return !how.Key.None() && !((how.stream || got.overflow) && how.Limit < 0)
}

func pardon(body string, p Path, empty func(item int64, first byte) bool) string {
	var f finder
	f.reset(p, false)
	f.skim.bytewise = true
	var out []byte
	item, from := int64(-1), 0
	for i := 0; i < len(body); {
		j, what, ok := f.next([]byte(body), i)
		if !ok {
			break
		}
		i = j
		if what != itemStart && what != itemFirst {
			continue
		}
		item++
		if c := body[j-1]; c != '{' && c != '[' || !empty(item, c) {
			continue
		}
		end := endOf(body, j-1)
		if end < 0 {
			break
		}
		out = append(out, body[from:j]...)
		if _, _, ok := f.next([]byte(body[end-1:end]), 0); !ok {
			from = j
			break // another bracket
		}
		i, from = end, end-1
	}
	return string(append(out, body[from:]...))
}

// leavesOut tells whether nobody gets the n-th item.
func (how reading) leavesOut(n int64, got result) bool {
	switch {
	case how.CountOnly || n < how.Skip:
		return true
	case !got.more:
		return false
	}
	// An item that did not fit was meant to be kept when it began.
	behind := n - how.Skip - got.items
	return behind > 0 || behind == 0 && got.items == how.Limit
}

// endOf is the position behind the object or array that begins at body[at], or -1.
func endOf(body string, at int) int {
	open, inString, escaped := 0, false, false
	for i := at; i < len(body); i++ {
		switch c := body[i]; {
		case escaped && (c == '"' || c == '\\'):
			escaped = false
			continue
		case c == '\\':
			escaped = true
			continue
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			open++
		case c == '}', c == ']':
			open--
		}
		if escaped = false; open == 0 && !inString {
			return i + 1
		}
	}
	return -1
}
