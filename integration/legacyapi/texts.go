package legacyapi

import "strconv"

// fragments are pieces of JSON string text. Each holds something that a naive
// reader trips over: escapes, quotes and brackets inside strings, surrogate
// pairs, a lone surrogate, the line separators JavaScript minds, raw UTF-8.
var fragments = [...]string{
	`Delivered to the neighbour, who said \"thank you\" and closed the door. `,
	`C:\\orders\\2019\\march\\ and then some. `,
	`First line\nsecond line\r\n\ttabbed, \b\f and a slash \/ for good measure. `,
	`It looks like a list: {\"orders\":[1,2,3]},]}],[ but it is a text. `,
	`Caf\u00e9, na\u00EFve, \u0041BC and a control \u001f character. `,
	`A smile in two escapes \ud83d\ude00, a family \uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67. `,
	`A surrogate that lost its other half: \ud800 here. `,
	`日本語の注文、ありがとうございます。 `,
	`Grüße aus München, 5 € für ½ Stück – “gut”. `,
	`A smile in four bytes 😀, a flag 🇪🇺, and \u2028 raw: ` + "\u2028" + `. `,
	`The quick brown fox jumps over the lazy dog, again and again and again and again and again. `,
	`\\\\\\\"\\\\ `,
}

// names are what customers are called; some need escaping, some are not ASCII.
var names = [...]string{
	`Anna Smith`, `Jos\u00e9 Garc\u00eda`, `李小龍`, `Miles \"Tails\" Prower`, `Åsa Öberg`, `O'Neill\\Sons`, `Müller & Söhne`, `\ud83d\ude80 Ltd`,
}

// appendText renders an order of about 2 KB, nearly all of it text.
func appendText(dst []byte, i int) []byte {
	src := newSource(i)
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendUint(dst, uint64(i)+1, 10)
	dst = append(dst, `,"customer":"`...)
	dst = append(dst, names[src.below(uint64(len(names)))]...)
	dst = append(dst, `","note\u0073":"`...) // a name that matches only after unescaping
	for range 20 + src.below(21) {
		dst = append(dst, fragments[src.below(uint64(len(fragments)))]...)
	}
	dst = append(dst, `","tags":["`...)
	dst = append(dst, statuses[src.below(8)]...)
	dst = append(dst, `","`...)
	dst = append(dst, fragments[src.below(uint64(len(fragments)))]...)
	return append(dst, `",""]}`...)
}

// appendNested renders an order of objects and arrays in each other.
func appendNested(dst []byte, i int) []byte {
	src := newSource(i)
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendUint(dst, uint64(i)+1, 10)
	dst = append(dst, `,"customer":{"id":`...)
	dst = strconv.AppendUint(dst, src.below(100_000), 10)
	dst = append(dst, `,"name":"`...)
	dst = append(dst, names[src.below(uint64(len(names)))]...)
	dst = append(dst, `","address":{"street":"Main St. `...)
	dst = strconv.AppendUint(dst, 1+src.below(300), 10)
	dst = append(dst, `","geo":{"lat":`...)
	dst = appendMoney(dst, src.below(9000))
	dst = append(dst, `,"lon":-`...)
	dst = appendMoney(dst, src.below(18000))
	dst = append(dst, `}}},"lines":[`...)
	for k := range 1 + src.below(8) {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = appendLine(dst, &src)
	}
	dst = append(dst, `],"orders":[{"id":"not the list"}],"matrix":[[1,2],[],[3,[4,[5,[[]]]]]],"deep":`...)
	depth := 1 + src.below(24)
	for range depth {
		dst = append(dst, `{"a":[`...)
	}
	for range depth {
		dst = append(dst, `]}`...)
	}
	return append(dst, `,"empty":{},"none":[],"null":null}`...)
}

// appendLine renders one line of a nested order.
func appendLine(dst []byte, src *source) []byte {
	dst = append(dst, `{"sku":"S-`...)
	dst = strconv.AppendUint(dst, src.below(10_000), 10)
	dst = append(dst, `","qty":`...)
	dst = strconv.AppendUint(dst, 1+src.below(20), 10)
	dst = append(dst, `,"price":`...)
	dst = appendMoney(dst, src.below(100_000))
	dst = append(dst, `,"options":{"gift":`...)
	dst = strconv.AppendBool(dst, src.below(2) == 0)
	return append(dst, `,"wrap":null,"sizes":["S",["M",{"L":[]}]]}}`...)
}
