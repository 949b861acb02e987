// Package fields reads the masks of partial responses: which members of a JSON
// object a client wants to see, as in
//
//	fields=id,name,customer/name,lines(sku,qty)
//
// The grammar is the one of Google's partial responses, read strictly:
//
//	mask  = list | "(" mask ")"
//	list  = path *( "," path )
//	path  = name [ "/" path | "(" list ")" ]
//	name  = "*" | 1*( character | "\" any character )
//
// A path ends with its name or with its group, so a(b,c)/d and a/(b,c) are
// errors; a/b(c,d/e) is none. A mask wholly in parentheses is the same mask.
// The name * selects every member; it stands alone, so that a star inside a
// name is escaped. A backslash takes the next character as it is, whatever it
// is: \* is the member called *, \n is the member n. In the dotted syntax "."
// separates as "/" does; otherwise it is part of a name.
//
// Nothing is trimmed or guessed: an empty name, a blank or control character
// that is not escaped, and a byte that is not UTF-8 are errors at their
// position. A space in "id, name" would otherwise select a member that nobody
// has, and the client would miss data without a word. Members whose name is
// empty can only be selected with *.
//
// Selections unite: a/b,a/c keeps both, a,a/b keeps all of a, and under
// *(x),b(y) the member b keeps x and y.
package fields
