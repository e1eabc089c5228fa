//! Any input gives a function that can be proved, or a message.

extern crate std;

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;

use super::{heap, prove};
use crate::number::{Num32, Num64};

const TOKENS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "..",
    "...",
    "==",
    ">=",
    "<=",
    "~=",
    "<<",
    ">>",
    "//",
    "::",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "&",
    "|",
    "~",
    "#",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "=",
    "<",
    ">",
    "1",
    "0",
    "-1",
    "300",
    "0x7fffffff",
    "1.5",
    "1e300",
    "'s'",
    "[[long]]",
    "a",
    "b",
    "c",
    "x",
    "y",
    "\n",
    "_ENV",
];

/// Pieces of programs that fit together more often than single tokens do.
const PIECES: &[&str] = &[
    "local a, b = ",
    "local function f(a, ...) ",
    "function x.y:z(c) ",
    "for a = 1, x do ",
    "for a, b in x do ",
    "while a do ",
    "repeat ",
    "until a ",
    "if a then ",
    "elseif b then ",
    "else ",
    "end ",
    "do ",
    "return a ",
    "break ",
    "goto a ",
    "::a:: ",
    "a = ",
    "a.b[c], b = ",
    "x(",
    ") ",
    "{a, b = ",
    "} ",
    "function() ",
    "a ",
    "b.c ",
    "x() ",
    "... ",
    "1 ",
    "nil ",
    "and ",
    "or ",
    "not ",
    "== ",
    "< ",
    ".. ",
    "+ 1 ",
    ", ",
    "; ",
    "a:b(c) ",
    "return ",
    "if a then goto a end ",
    "if a then break end ",
    "f = function() return a, b end ",
];

fn program(
    parts: &'static [&'static str],
    separator: &'static str,
) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(parts), 0..60)
        .prop_map(move |parts: Vec<&str>| parts.join(separator))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn tokens(source in program(TOKENS, " ")) {
        let _ = heap::<Num64>(source.as_bytes());
        let _ = prove::<Num32>(source.as_bytes());
    }

    #[test]
    fn pieces(source in program(PIECES, "")) {
        let _ = heap::<Num64>(source.as_bytes());
        let _ = prove::<Num32>(source.as_bytes());
    }

    #[test]
    fn statements(lines in proptest::collection::vec(proptest::sample::select(STATEMENTS), 1..20)) {
        let source = lines.join("\n");
        let compiled = heap::<Num64>(source.as_bytes());
        prop_assert!(compiled.is_ok(), "{:?}", compiled.err());
    }

    #[test]
    fn bytes(source in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = heap::<Num64>(&source);
    }

    #[test]
    fn quoted_bytes(inner in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut source = b"return '".to_vec();
        source.extend(inner);
        source.extend(b"'");
        let _ = heap::<Num64>(&source);
    }
}

/// Statements that compile in any order.
const STATEMENTS: &[&str] = &[
    "local a, b, c = 1, 2.5, 'x'",
    "a, b.c, d[a] = b, a, f(a)",
    "while a do local x = a; if b then break end; f = function() return x end end",
    "repeat local x = f(); g = function() return x end until x and a > 3",
    "for i = 1, 10 do local j = i; f(function() return i + j end); if j then break end end",
    "for k, v in pairs(t) do t[k] = not v; f = function() return k, v end end",
    "do local x; ::top:: local y = x; f = function() return y end; if y then goto top end end",
    "for i = 1, 3 do if i == 2 then goto continue end; f(i) ::continue:: end",
    "local function r(n, ...) if n == 0 then return ... end return r(n - 1, n, ...) end",
    "t = {1, 2, 3, x = 1, [f()] = 2, ['a b'] = 3, f(...), {f(...)}, ...}",
    "x = a and b or c and not d or (e and f)(a)",
    "x = a == 1 or 1 < a or a <= 2.5 or 'k' == a or a ~= nil or true == (a > b)",
    "x = 1 + a * 2 ^ -b // 3 % 4 & 5 | 6 ~ 7 << 8 >> a .. 'x' .. 1 .. #a",
    "function m.n.o:p(q, ...) self[q] = ...; return self:p(q, ...), (...) end",
    "do return f(a):g(b).h[c](...) end",
    "if a then return end",
    "if a then return 1, 2 elseif b then return a else return (f()) end",
    "if not (a and b) then elseif a == b then x = 1 else x = 2 end",
    "if false then f() else g() end while nil do h() end",
    "(a or b)(c)(d):e 'f' {g}",
];
