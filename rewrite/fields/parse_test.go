package fields_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name   string
		src    string
		syntax fields.Syntax
		want   string // the canonical text
	}{
		{"one name", "id", fields.Google, "id"},
		{"several names", "name,id", fields.Google, "id,name"},
		{"path", "a/b/c", fields.Google, "a/b/c"},
		{"group", "lines(sku,qty)", fields.Google, "lines(qty,sku)"},
		{"group of one", "a(b)", fields.Google, "a/b"},
		{"path, then group, path in it", "a/b(c,d/e)", fields.Google, "a/b(c,d/e)"},
		{"groups in groups", "a(b(c(d,e),f),g),h", fields.Google, "a(b(c(d,e),f),g),h"},
		{"wholly in parentheses", "(a,b/c)", fields.Google, "a,b/c"},
		{"several times in parentheses", "(((a(b,c))))", fields.Google, "a(b,c)"},
		{"every name", "*", fields.Google, "*"},
		{"every name below", "a/*", fields.Google, "a/*"},
		{"below every name", "*/b", fields.Google, "*/b"},
		{"star with a group", "*(x),b(y)", fields.Google, "*/x,b/y"},
		{"repeated", "a,a,a", fields.Google, "a"},
		{"united", "a/b,a/c", fields.Google, "a(b,c)"},
		{"the wider one wins", "a,a/b", fields.Google, "a"},
		{"the wider one wins, whatever the order", "a/b,a", fields.Google, "a"},
		{"star covers names", "b(y),*", fields.Google, "*"},
		{"star covers names below", "a(b/c,*)", fields.Google, "a/*"},
		{"a and all of a's members differ", "a/*,b", fields.Google, "a/*,b"},
		{"dots in names", "a.b", fields.Google, `a\.b`},
		{"dotted", "a.b.c,d/e", fields.Dotted, "a/b/c,d/e"},
		{"dotted, escaped", `a\.b`, fields.Dotted, `a\.b`},
		{"dotted star", "*.b,a.*", fields.Dotted, "*/b,a/*"},
		{"escaped specials", `\*,\,,\/,\(,\),\\`, fields.Google, `\(,\),\*,\,,\/,\\`},
		{"escape in a name", `a\*b`, fields.Google, `a\*b`},
		{"escape without need", `\n\a`, fields.Google, "na"},
		{"escaped blanks", "first\\ name,\\\t", fields.Google, "\\\t,first\\ name"},
		{"escaped letters beyond ASCII", "\\é\\😀", fields.Google, "é😀"},
		{"letters beyond ASCII", "größe/m²", fields.Google, "größe/m²"},
		{"quotes and brackets are names", `a[0],"b",{c}`, fields.Google, `"b",a[0],{c}`},
		{"replacement character", "\uFFFD", fields.Google, "\uFFFD"},
		{"deepest path", deep(fields.MaxDepth, "/"), fields.Google, deep(fields.MaxDepth, "/")},
		{"deepest groups", deep(fields.MaxDepth, "("), fields.Google, deep(fields.MaxDepth, "/")},
		{"most names", names(fields.MaxNames), fields.Google, "a"},
		{"longest", strings.Repeat("a", fields.MaxBytes), fields.Google, strings.Repeat("a", fields.MaxBytes)},
		{"most parentheses", parens(fields.MaxBytes/2-1, "ab"), fields.Google, "ab"},
		// json-mask's issues 2, 20, 72 and 98: what follows a group was lost.
		{"path at the end of a group", "data1(first,second/third),data2(first,second/third)", fields.Google, "data1(first,second/third),data2(first,second/third)"},
		{"name behind a group", "a,b(c/d),e", fields.Google, "a,b/c/d,e"},
		{"path behind a group", "o(n/*),r/*", fields.Google, "o/n/*,r/*"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := fields.Parse(tc.src, tc.syntax)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tc.src, err)
			}
			if got := m.String(); got != tc.want {
				t.Errorf("Parse(%q) reads %q, want %q", tc.src, got, tc.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		src    string
		syntax fields.Syntax
		offset int
		msg    string // a part of it
	}{
		{"empty", "", fields.Google, 0, "empty"},
		{"only a comma", ",", fields.Google, 0, `","`},
		{"empty first name", ",a", fields.Google, 0, `","`},
		{"empty last name", "a,", fields.Google, 2, "end: a name is missing"},
		{"empty name between", "a,,b", fields.Google, 2, `","`},
		{"empty name before a path", "/a", fields.Google, 0, `"/"`},
		{"empty name behind a path", "a/", fields.Google, 2, "end: a name is missing"},
		{"empty name in a path", "a//b", fields.Google, 2, `"/"`},
		{"empty group", "a()", fields.Google, 2, `")"`},
		{"empty parentheses", "()", fields.Google, 1, `")"`},
		{"only an opening parenthesis", "(", fields.Google, 1, "end: a name is missing"},
		{"only a closing parenthesis", ")", fields.Google, 0, `")"`},
		{"comma ends a group", "a(b,)", fields.Google, 4, `")"`},
		{"group not closed", "a(b,c", fields.Google, 5, "end: a group is not closed"},
		{"parentheses not closed", "(a,b", fields.Google, 4, "end: the parentheses"},
		{"one of two parentheses not closed", "((a)", fields.Google, 4, "end: the parentheses"},
		{"closed twice", "a(b))", fields.Google, 4, `")": no group`},
		{"closed, never opened", "a,b)", fields.Google, 3, `")": no group`},
		{"parentheses around a part", "(a),b", fields.Google, 3, `","`},
		{"parentheses around the first of two", "((a),b)", fields.Google, 4, `","`},
		{"path behind parentheses", "(a)/b", fields.Google, 3, `"/"`},
		{"parentheses closed twice", "(a))", fields.Google, 3, `")": no group`},
		{"path behind a group", "a(b,c)/d", fields.Google, 6, `"/"`},
		{"name behind a group", "a(b)c", fields.Google, 4, `"c"`},
		{"group behind a group", "a(b)(c)", fields.Google, 4, `"("`},
		{"slash before a group", "items/(a,b)", fields.Google, 6, `"("`},
		{"group without a name in a list", "a,(b)", fields.Google, 2, `"("`},
		{"star begins a name", "*a", fields.Google, 1, `"a"`},
		{"star ends a name", "a*", fields.Google, 1, `"*"`},
		{"two stars", "**", fields.Google, 1, `"*"`},
		{"escape behind a star", `*\a`, fields.Google, 1, `"\"`},
		{"NUL behind a star", "*\x00", fields.Google, 1, `'\x00'`},
		{"nothing to escape", `a,b\`, fields.Google, 4, "end"},
		{"blank behind a comma", "a, b", fields.Google, 2, `" "`},
		{"blank at the end", "a ", fields.Google, 1, `" "`},
		{"blank in a name", "first name", fields.Google, 5, `" "`},
		{"only a blank", " ", fields.Google, 0, `" "`},
		{"line feed", "a\n", fields.Google, 1, `'\n'`},
		{"NUL", "a\x00b", fields.Google, 1, `'\x00'`},
		{"NUL behind a group", "a(b)\x00", fields.Google, 4, `'\x00'`},
		{"not UTF-8", "a,b\xff", fields.Google, 3, "0xff"},
		{"not UTF-8, escaped", "a\\\xc3", fields.Google, 2, "0xc3"},
		{"not UTF-8 behind a group", "a(b)\xff", fields.Google, 4, "unexpected"},
		{"dotted, empty name behind", "a.", fields.Dotted, 2, "end: a name is missing"},
		{"dotted, empty name before", ".a", fields.Dotted, 0, `"."`},
		{"dotted, mixed separators", "a./b", fields.Dotted, 2, `"/"`},
		{"dotted, behind a group", "a(b).c", fields.Dotted, 4, `"."`},
		{"dots behind a star", "*.a", fields.Google, 1, `"."`},
		{"too deep a path", deep(fields.MaxDepth+1, "/"), fields.Google, 2 * fields.MaxDepth, "deeper"},
		{"too deep groups", deep(fields.MaxDepth+1, "("), fields.Google, 2 * fields.MaxDepth, "deeper"},
		{"too many names", names(fields.MaxNames + 1), fields.Google, 2 * fields.MaxNames, "more than 1000"},
		{"too long", strings.Repeat("a", fields.MaxBytes+1), fields.Google, fields.MaxBytes, "longer"},
		{"as many parentheses as fit", strings.Repeat("(", fields.MaxBytes), fields.Google, fields.MaxBytes, "end"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := fields.Parse(tc.src, tc.syntax)
			var syntax *fields.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("Parse(%q) = %v, %v, want a SyntaxError", tc.src, m, err)
			}
			if syntax.Offset != tc.offset || !strings.Contains(syntax.Msg, tc.msg) {
				t.Errorf("Parse(%q): got %q at %d, want %q at %d", tc.src, syntax.Msg, syntax.Offset, tc.msg, tc.offset)
			}
		})
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := fields.Parse("a,,b", fields.Google)
	if got, want := err.Error(), `parsing fields at offset 2: unexpected ",": a name is missing`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// deep is a path of n names, written with slashes or as groups.
func deep(n int, sep string) string {
	path := strings.Repeat("a"+sep, n-1) + "b"
	if sep == "(" {
		path += strings.Repeat(")", n-1)
	}
	return path
}

func names(n int) string { return strings.TrimSuffix(strings.Repeat("a,", n), ",") }

func parens(n int, mask string) string {
	return strings.Repeat("(", n) + mask + strings.Repeat(")", n)
}
