package list

import "strings"

// suiteEither are the cases that a parser may accept or refuse. What we refuse has
// bytes that are no UTF-8.
var suiteEither = []struct {
	suiteCase
	accepted bool
}{
	{suiteCase{"number_double_huge_neg_exp", `[123.456e-789]`}, true},
	{suiteCase{"number_huge_exp", `[0.4e0066` + strings.Repeat("9", 116) + `69999999006]`}, true},
	{suiteCase{"number_neg_int_huge_exp", `[-1e+9999]`}, true},
	{suiteCase{"number_pos_double_huge_exp", `[1.5e+9999]`}, true},
	{suiteCase{"number_real_neg_overflow", `[-123123e100000]`}, true},
	{suiteCase{"number_real_pos_overflow", `[123123e100000]`}, true},
	{suiteCase{"number_real_underflow", `[123e-10000000]`}, true},
	{suiteCase{"number_too_big_neg_int", `[-` + strings.Repeat("123", 10) + `]`}, true},
	{suiteCase{"number_too_big_pos_int", `[1` + zeros(20) + `]`}, true},
	{suiteCase{"number_very_big_negative_int", `[-237462374673276894279832749832423479823246327846]`}, true},
	{suiteCase{"object_key_lone_2nd_surrogate", `{"\uDFAA":0}`}, true},

	{suiteCase{"string_1st_surrogate_but_2nd_missing", `["\uDADA"]`}, true},
	{suiteCase{"string_1st_valid_surrogate_2nd_invalid", `["\uD888\u1234"]`}, true},
	{suiteCase{"string_UTF-16LE_with_BOM", "\xFF\xFE[\x00\"\x00\xE9\x00\"\x00]\x00"}, false},
	{suiteCase{"string_UTF-8_invalid_sequence", "[\"\u65E5\u0448\xFA\"]"}, false},
	{suiteCase{"string_UTF8_surrogate_U+D800", "[\"\xED\xA0\x80\"]"}, false},
	{suiteCase{"string_incomplete_surrogate_and_escape_valid", `["\uD800\n"]`}, true},
	{suiteCase{"string_incomplete_surrogate_pair", `["\uDd1ea"]`}, true},
	{suiteCase{"string_incomplete_surrogates_escape_valid", `["\uD800\uD800\n"]`}, true},
	{suiteCase{"string_invalid_lonely_surrogate", `["\ud800"]`}, true},
	{suiteCase{"string_invalid_surrogate", `["\ud800abc"]`}, true},
	{suiteCase{"string_invalid_utf-8", "[\"\xFF\"]"}, false},
	{suiteCase{"string_inverted_surrogates_U+1D11E", `["\uDd1e\uD834"]`}, true},
	{suiteCase{"string_iso_latin_1", "[\"\xE9\"]"}, false},
	{suiteCase{"string_lone_second_surrogate", `["\uDFAA"]`}, true},
	{suiteCase{"string_lone_utf8_continuation_byte", "[\"\x81\"]"}, false},
	{suiteCase{"string_not_in_unicode_range", "[\"\xF4\xBF\xBF\xBF\"]"}, false},
	{suiteCase{"string_overlong_sequence_2_bytes", "[\"\xC0\xAF\"]"}, false},
	{suiteCase{"string_overlong_sequence_6_bytes", "[\"\xFC\x83\xBF\xBF\xBF\xBF\"]"}, false},
	{suiteCase{"string_overlong_sequence_6_bytes_null", "[\"\xFC\x80\x80\x80\x80\x80\"]"}, false},
	{suiteCase{"string_truncated-utf-8", "[\"\xE0\xFF\"]"}, false},
	{suiteCase{"string_utf16BE_no_BOM", "\x00[\x00\"\x00\xE9\x00\"\x00]"}, false},
	{suiteCase{"string_utf16LE_no_BOM", "[\x00\"\x00\xE9\x00\"\x00]\x00"}, false},

	{suiteCase{"structure_500_nested_arrays", strings.Repeat("[", 500) + strings.Repeat("]", 500)}, true},
	{suiteCase{"structure_UTF-8_BOM_empty_object", bom + "{}"}, true},
}

func zeros(n int) string { return strings.Repeat("0", n) }

func xs(n int) string { return strings.Repeat("x", n) }
