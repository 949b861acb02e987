// Package list reads a JSON body as it streams, finds the list in it, and keeps
// one page of it.
//
// A [Reader] is given the body in chunks of any size, cut anywhere, and holds
// at most the page, the item it is in, and what stands before and behind the
// list in an envelope: its memory does not grow with the list. Everything that
// it keeps, it keeps byte for byte: numbers, escapes, the order of members,
// duplicates and white space. What it is shown, it checks: a body that is no
// JSON text of RFC 8259 in UTF-8 is a [SyntaxError] with its byte offset, never
// a page that looks complete.
//
// The parts, from the bottom: the scanner (scan.go, chars.go) is a pushdown
// automaton that tells of values at one depth and skims the rest; the finder
// (find.go) steers that depth to the list; the Reader (reader.go, page.go)
// decides which bytes to keep; Project (project.go) trims an item to a mask.
package list
