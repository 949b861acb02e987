// Package list reads a JSON body as it streams, finds the list in it, and keeps
// one page of it.
//
// A [Reader] is given the body in chunks of any size, cut anywhere, and holds
// at most the page, the item it is in, and what stands before and behind the
// list in an envelope: its memory does not grow with the list. Everything that
// it keeps, it keeps byte for byte: numbers, escapes, the order of members,
// duplicates and white space.
//
// What it keeps, it checks: a body that is no JSON text of RFC 8259 in UTF-8 is a
// [SyntaxError] with its byte offset, never a page that looks complete. What it
// leaves out, it checks as far as the page depends on it:
//
//   - The list itself is checked whatever becomes of its items: values with a comma
//     between two of them, numbers, strings and literals among them in full, objects
//     and arrays by their first and last bracket; and it must end.
//   - Inside of an object or array that is left out, only strings and brackets are
//     understood, the latter without their kind: it ends where as many have been
//     closed as were opened. Items are left out before the page and behind it, and
//     all of them where they are only counted.
//   - Of an object that is trimmed, what is kept is checked in full: names, values and
//     what separates them. Of members that a mask drops, the colons and commas are
//     checked to take turns, each colon behind a string; beyond that they are understood
//     like an item that is left out. Items of which a [Key] may be read are checked
//     entirely, as it may be anywhere in them.
//
// A body may also be a list of JSON texts, one a line ([Options.Lines]). Then a line feed
// is what a comma is in an array, each line is checked by the rules above, and a line feed
// in an item is an error, even in an item that is left out. The last item of a page keeps
// its line feed, empty lines and a byte order mark stay where nothing is left out before
// or behind them, and a page without items is empty.
//
// The parts, from the bottom: the scanner (scan.go, token.go, inside.go, text.go) is a
// pushdown automaton that tells of values at one depth and only checks the rest; the
// skimmer (skim.go) reads what is left out; the finder (find.go) steers the scanner's
// depth to the list; the Reader (reader.go, page.go, and by keys mark.go, seek.go, back.go)
// decides which bytes to keep, of a body of lines too (lines.go), and leads to errors (pointer.go); Project
// (project.go, pass.go, tokens.go) trims an item to a mask. Runs of items are kept or trimmed
// at once (run.go, value.go); what was learned of one item (learn.go) trims, or checks, those
// that are like it, most of the way in one kernel (template.go, places.go, plain.go), and the others
// are left to Project, which is in a hurry with all that are large and flat (pass.go).
// The [Indexer] (layout.go) keeps nothing, and tells where the items of a body are.
// Skimmer and projection go from bracket to bracket, 64 bytes at a time where
// the processor can (internal/block), else byte by byte, with the same result.
package list
