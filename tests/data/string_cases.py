#!/usr/bin/env python3
"""Makes tests/variations/strings and tests/variations/tokens, as ml_cases.py makes the others.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/string_cases.py tests/variations

Results are ONNX Runtime's. Where it needs a locale (StringNormalizer in another case) or departs from ONNX's definition,
which is Python's (StringSplit of empty strings and at white space other than blanks), they are Python's.
"""
import sys

import numpy as np
from ml_cases import MS, Family

T = np.str_


class Strings(Family):
    """Results that are given are compared instead of ONNX Runtime's."""

    def case(self, op, inputs, outputs=1, want=None, **kw):
        self.want = want
        super().case(op, inputs, outputs, **kw)

    def at_run_time(self, p, a):
        if np.asarray(a).dtype == bool:
            return self.node("Or", [self.const(p + "c", a), "never"], p + "x")
        return super().at_run_time(p, a)

    def reference(self, op, arrays, outputs, attrs):
        return self.want if self.want is not None else super().reference(op, arrays, outputs, attrs)

    def by_number(self, *case):
        return super().reference(*case)


def simple(change):
    """Character by character, as long as each stays one."""
    return lambda s: "".join(change(c) if len(change(c)) == 1 else c for c in s)


def normalized(x, change, sensitive, stop):
    fold = str if sensitive else simple(str.lower)
    kept = [s for s in x.ravel().tolist() if fold(s) not in [fold(w) for w in stop]] or [""]
    kept = [{"LOWER": simple(str.lower), "UPPER": simple(str.upper), "NONE": str}[change](s) for s in kept]
    return np.array(kept).reshape([1] * (x.ndim - 1) + [-1])


def split(x, delimiter, maxsplit):
    parts = [s.split(delimiter, maxsplit) for s in x.ravel().tolist()]
    most = max(map(len, parts), default=0)
    table = np.array([p + [""] * (most - len(p)) for p in parts], dtype=T).reshape(x.shape + (most,))
    return [table, np.array(list(map(len, parts)), np.int64).reshape(x.shape)]


def moved(f):
    """Words with empty ones where there is nothing: what moves their numbers, 1 and on, moves them; 0 is "". """
    words = np.array([["a", "", "cc"], ["é", "日本", "x"], ["", " ", "0"]])

    def case(op, *others, shape=(3, 3), fixed=(), **kw):
        x = words.reshape(shape)
        numbers = np.arange(1, 10, dtype=np.float32).reshape(shape)
        (got,) = f.by_number(op, [numbers, *others], 1, kw)
        f.case(op, [x, *others], want=[np.append("", words.ravel())[got.astype(int)]], consts=(1,) if op in ("CenterCropPad", "Pad") else fixed, **kw)

    case("Trilu")
    case("Trilu", fixed=(0,))
    case("Trilu", np.array(1), upper=0)
    case("Trilu", np.array(-7))
    case("Trilu", np.array(7), shape=(1, 9))
    case("CenterCropPad", np.array([4, 2]))
    case("CenterCropPad", np.array([1, 6]), axes=[-1, 0])
    case("CenterCropPad", np.array([5]), axes=[0])
    case("Pad", np.array([1, 0, -1, 2]))
    case("Pad", np.array([1, 2, 2, 0]), mode="wrap")
    grid = np.array([[-1, -1], [1, 1], [0, 0], [0.4, -0.9], [1.4, 0.1], [-0.3, -1.5], [5, 5], [-0.7, 0.7]], np.float32)
    for padding in ("zeros", "border", "reflection"):
        for corners in (0, 1):
            case("GridSample", grid.reshape(1, 4, 2, 2), shape=(1, 1, 3, 3), mode="nearest", padding_mode=padding, align_corners=corners)
    for shape in ((3, 3), (9,), (1, 3, 1, 3)):
        x = words.reshape(shape)
        f.case("NonZero", [x], want=[np.array(np.nonzero(x))])


def strings():
    f = Strings("strings", "", 20)
    words = np.array(["Élan", "STRASSE", "да", "Monday", "ΣΑΣ", "monday", "ÉLAN", "ǅ", "Ⱥb", "日本"])
    stop = ["élan", "Monday", "nowhere"]
    for change in ("LOWER", "UPPER", "NONE"):
        for sensitive in (0, 1):
            f.case("StringNormalizer", [words], want=[normalized(words, change, sensitive, stop)], case_change_action=change, is_case_sensitive=sensitive, stopwords=stop)
    f.case("StringNormalizer", [words[None]], want=[normalized(words[None], "UPPER", 0, [])], case_change_action="UPPER")
    f.case("StringNormalizer", [np.array(["a", "A"])], want=[np.array([""])], stopwords=["a"])
    f.case("StringNormalizer", [np.array([["a", "A"]])], stopwords=["a"], is_case_sensitive=1)
    texts = np.array([["a-b--c", "", "-a-"], ["no", "日-本", "--"]])
    for most in (None, 0, 1, 2, 100):
        limit = {} if most is None else {"maxsplit": most}
        f.case("StringSplit", [texts], 2, want=split(texts, "-", -1 if most is None else most), delimiter="-", **limit)
    blanks = np.array([" a  b\tc\n d  ", "", " ", "x"])
    for most in (-1, 0, 1, 2):
        f.case("StringSplit", [blanks], 2, want=split(blanks, None, most), **({} if most < 0 else {"maxsplit": most}))
    f.case("StringSplit", [np.array(["aaaa", "aabaa", "a"])], 2, delimiter="aa")
    f.case("StringSplit", [np.array("a b c")], 2)
    f.case("Unique", [np.array(["b", "a", "é", "b", "", "ab", "a"])], 4)
    f.case("Unique", [np.array(["b", "a", "é", "b", "", "ab", "a"])], 4, sorted=0)
    f.case("Compress", [np.array([["a", "b"], ["c", "d"]]), np.array([False, True])], axis=1)
    f.case("GatherND", [np.array([["a", "b"], ["c", "d"]]), np.array([[1, 0], [0, 1]])])
    f.case("Tile", [np.array(["a", "b"]), np.array([2])], consts=(1,))
    moved(f)
    x = np.array([0.1, 1e10, 1e-5, 123456.789, np.inf, -np.inf, np.nan, 0, -0.5, 1, 1e7, 99999999, 1e8, 3.4e38, 1 / 3, 1e-45])
    for kind in (np.float32, np.float64):
        f.case("Cast", [x.astype(kind)], to=8)
    for kind in (np.int8, np.int64, np.uint8, np.uint64, np.int32):
        i = np.iinfo(kind)
        f.case("Cast", [np.array([i.min, 0, 7, i.max], kind)], to=8)
    f.case("Cast", [np.array([True, False])], want=[np.array(["1", "0"])], to=8)
    numbers = np.array(["0.1", "1e5", "INF", "-inf", "+INF", "3.", " 7", "1E-46", "-0", "3.4028235e38", "16777217", ".5", "123456789012345678901234567890"])
    for kind in (1, 11):
        f.case("Cast", [numbers], to=kind)
    f.case("Cast", [np.array(["1", "-5", "+7", "0012", "9223372036854775807", "-9223372036854775808", "1.5"])], to=7)
    f.case("Cast", [np.array(["18446744073709551615", "0"])], to=13)
    f.case("Cast", [np.array(["300", "-1"])], to=3)
    return f


def matches():
    f = Strings("regex", "", 20)
    x = np.array(["ab", "é", "Éé", "\n", "foo", "aaa", "", "x y", "日", "foo.bar-2", "K", "a\nb", "foo bar", "\\", "ß", "-]", "aB1_"])
    patterns = ["a|ab", "(?i)É+", ".", "[^a]", r"\bfoo\b.*", "a{2,3}", "a{,3}", "[[:alpha:]]+", "^$", r"\d+", "(?s).*", "(a|b)*", "(?i)k", "(?m)a$\n^b", r"[\w.-]+", r"\W",
                "(?:fo)+o", "(?P<n>a)+", "a+?", "a*b?", "[]-]+", "[a-]", r"\x{65e5}|\xe9", r"\Qfoo.\E.*", r"[^\n]*", "()", "|a", "(a*)*", "x?( y)?x? y", r"[[:^space:]]+", r"\B", r"a{3}|\S", "[A-Za-z0-9_]{4}",
                r"(?i:a)B1_", r"(?i)[a-z]+", r"[^[:alpha:]]", r"\\", r"fo{1,}\.[^-]+-\d", "(((a)))(a(a))", ".{2}", r"\Aab\z"]
    for p in patterns:
        f.case("RegexFullMatch", [x], pattern=p)
    f.case("RegexFullMatch", [np.array("ab")], pattern="ab")
    return f


def tokens():
    f = Strings("tokens", MS, 1)
    x = np.array(["a b,c", "", " x ", "日本 é", "abcbc  d,,", "abc"])

    def case(x, **kw):
        f.case("Tokenizer", [x], **{"mark": 0, "mincharnum": 1, "pad_value": "#", **kw})

    for kw in ({"separators": [" ", ","]}, {"separators": [" ", "b,"]}, {"separators": ["[ ]+", "c+"]}, {"separators": [""]}, {"separators": ["b", "bc"]}, {"separators": ["bc", "b"]},
               {"tokenexp": "[a-z]+"}, {"tokenexp": "a|ab"}, {"tokenexp": "b*"}, {"tokenexp": "[^ ,]+"}, {"tokenexp": "bc?"}):
        case(x, **kw)
        case(x, mark=1, pad_value="", **kw)
    case(x, separators=[" "], mincharnum=2)
    case(x, tokenexp="[a-z]+", mincharnum=3)
    case(x.reshape(2, 3), separators=[" "])
    case(x.reshape(3, 2), tokenexp=".", mark=1)
    return f


if __name__ == "__main__":
    for make in (strings, matches, tokens):
        make().write(sys.argv[1])
