package list

import "github.com/tidwall/gjson"

// AppendQuoted appends items, which are values with commas between them, and writes the
// part of their keys that clients say as a string where it is a number: there are clients
// that take nothing else.
func (k Key) AppendQuoted(dst, items []byte) []byte {
	if k.None() || len(items) == 0 {
		return append(dst, items...)
	}
	array := make([]byte, 0, len(items)+2)
	array = append(append(append(array, '['), items...), ']')
	text, done := borrowed(array), 1
	gjson.Parse(text).ForEach(func(_, item gjson.Result) bool {
		part := gjson.Get(item.Raw, k.paths[len(k.paths)-1])
		if part.Type != gjson.Number || part.Index == 0 {
			return true
		}
		at := item.Index + part.Index
		dst = append(append(dst, text[done:at]...), '"')
		dst = append(append(dst, part.Raw...), '"')
		done = at + len(part.Raw)
		return true
	})
	return append(dst, text[done:len(text)-1]...)
}
