//! Messages about sources that are not Lua, word for word those of the reference implementation.

extern crate std;

use super::{Heap, message};
use crate::compiler::{CompileError, Limits, SyntaxError, chunk_id, compile};
use crate::number::Num64;

fn error(source: &[u8], chunk: &[u8], limits: &Limits) -> SyntaxError {
    match compile::<Num64, _>(source, chunk, &mut Heap::default(), limits) {
        Err(CompileError::Syntax(error)) => error,
        _ => panic!("no syntax error"),
    }
}

#[test]
fn messages() {
    for &(source, expected) in CASES {
        assert_eq!(message(source), expected, "\nsource: {source}");
    }
}

#[test]
fn only_a_missing_end_is_incomplete() {
    let error = |source: &[u8]| error(source, b"=test", &Limits::DEFAULT).incomplete;
    assert!(error(b"f("));
    assert!(error(b"x = [[a"));
    assert!(error(b"x = \"abc"));
    assert!(!error(b"f)"));
    assert!(!error(b"goto x"));
}

#[test]
fn tokens_are_quoted_as_bytes() {
    let message = |source: &[u8]| error(source, b"=test", &Limits::DEFAULT).message;
    assert_eq!(
        message(b"x = 'a\xffb' y"),
        b"test:1: syntax error near <eof>"
    );
    assert_eq!(
        message(b"'a\xffb'"),
        b"test:1: unexpected symbol near ''a\xffb''"
    );
    assert_eq!(message(b"'a\\0b'"), b"test:1: unexpected symbol near ''a'");
    assert_eq!(
        message(b"x = \xff"),
        b"test:1: unexpected symbol near '<\\255>'"
    );
    assert_eq!(
        message(b"x = \x01"),
        b"test:1: unexpected symbol near '<\\1>'"
    );
    // A zero byte cannot be shown, and leaves no trace.
    assert_eq!(message(b"x = \0"), b"test:1: unexpected symbol");
}

#[test]
fn lines_end_in_four_ways() {
    let line = |source: &[u8]| error(source, b"=test", &Limits::DEFAULT).line;
    assert_eq!(line(b"\n\n!"), 3);
    assert_eq!(line(b"\r\r!"), 3);
    assert_eq!(line(b"\r\n\r\n!"), 3);
    assert_eq!(line(b"\n\r\n\r!"), 3);
    assert_eq!(line(b"x = [[\r\n\n\r]] .. '\\\r\n' --[[\n]]!"), 5);
}

#[test]
fn scripts_may_begin_with_a_line_for_the_shell() {
    let message = |source: &[u8], limits| error(source, b"=test", limits).message;
    assert_eq!(
        message(b"#!/bin/lua\n!", &Limits::SCRIPT),
        b"test:2: unexpected symbol near '!'"
    );
    assert_eq!(
        message(b"\xef\xbb\xbf# x\n!", &Limits::SCRIPT),
        b"test:2: unexpected symbol near '!'"
    );
    assert_eq!(
        message(b"\xef\xbb\xbf!", &Limits::SCRIPT),
        b"test:1: unexpected symbol near '!'"
    );
    assert_eq!(
        message(b"#!/bin/lua\n!", &Limits::DEFAULT),
        b"test:1: unexpected symbol near '#'"
    );
    let only = compile::<Num64, _>(b"# x", b"=test", &mut Heap::default(), &Limits::SCRIPT);
    assert!(only.is_ok());
}

#[test]
fn chunk_ids() {
    let id = |name: &[u8]| std::string::String::from_utf8(chunk_id(name).as_bytes().to_vec());
    let id = |name: &str| id(name.as_bytes()).expect("text");
    let long = "x".repeat(200);
    assert_eq!(id("=stdin"), "stdin");
    assert_eq!(id("="), "");
    assert_eq!(id(&std::format!("={long}")), &long[..59]);
    assert_eq!(id("@dir/main.lua"), "dir/main.lua");
    assert_eq!(id(&std::format!("@{}", &long[..59])), &long[..59]);
    assert_eq!(
        id(&std::format!("@dir/{long}")),
        std::format!("...{}", &long[..56])
    );
    assert_eq!(id("x = 1"), "[string \"x = 1\"]");
    assert_eq!(id("x = 1\ny"), "[string \"x = 1...\"]");
    assert_eq!(id(""), "[string \"\"]");
    assert_eq!(id("a\0b"), "[string \"a\"]");
    let quoted = |count: usize| std::format!("[string \"{}\"]", &long[..count]);
    assert_eq!(id(&long[..44]), quoted(44));
    let cut = std::format!("[string \"{}...\"]", &long[..45]);
    assert_eq!(id(&long[..45]), cut);
    assert_eq!(id(&long), cut);
}

const CASES: &[(&str, &str)] = &[
    ("x = ", "test:1: unexpected symbol near <eof>"),
    ("x = }", "test:1: unexpected symbol near '}'"),
    ("x = 1 end", "test:1: <eof> expected near 'end'"),
    ("return 3x", "test:1: <eof> expected near 'x'"),
    ("f(", "test:1: unexpected symbol near <eof>"),
    ("f(\n", "test:2: unexpected symbol near <eof>"),
    ("if x then", "test:1: 'end' expected near <eof>"),
    (
        "if x then\n\n",
        "test:3: 'end' expected (to close 'if' at line 1) near <eof>",
    ),
    ("if x\n", "test:2: 'then' expected near <eof>"),
    (
        "while x\ndo",
        "test:2: 'end' expected (to close 'while' at line 1) near <eof>",
    ),
    ("for i do end", "test:1: '=' or 'in' expected near 'do'"),
    ("for i = 1 do end", "test:1: ',' expected near 'do'"),
    (
        "for i = 1, 2, 3, 4 do end",
        "test:1: 'do' expected near ','",
    ),
    ("for a, b = 1, 2 do end", "test:1: 'in' expected near '='"),
    ("for 1 = 2", "test:1: <name> expected near '1'"),
    ("for a in b", "test:1: 'do' expected near <eof>"),
    ("repeat", "test:1: 'until' expected near <eof>"),
    (
        "repeat\nx()",
        "test:2: 'until' expected (to close 'repeat' at line 1) near <eof>",
    ),
    (
        "do\nx() until",
        "test:2: 'end' expected (to close 'do' at line 1) near 'until'",
    ),
    ("local function 3() end", "test:1: <name> expected near '3'"),
    ("local 1", "test:1: <name> expected near '1'"),
    ("local x <const> = 3", "test:1: unexpected symbol near '<'"),
    (
        "function f(a,) end",
        "test:1: <name> or '...' expected near ')'",
    ),
    ("function f(a b) end", "test:1: ')' expected near 'b'"),
    ("function f(..., a) end", "test:1: ')' expected near ','"),
    ("function f", "test:1: '(' expected near <eof>"),
    ("function f.1() end", "test:1: '(' expected near '.1'"),
    ("function f:a.b() end", "test:1: '(' expected near '.'"),
    ("function (a) end", "test:1: <name> expected near '('"),
    ("a.b:c = 1", "test:1: function arguments expected near '='"),
    ("a.1 = 2", "test:1: syntax error near '.1'"),
    ("x", "test:1: syntax error near <eof>"),
    ("x.y", "test:1: syntax error near <eof>"),
    ("f:3()", "test:1: <name> expected near '3'"),
    ("f() = 1", "test:1: syntax error near '='"),
    ("(a) = 1", "test:1: syntax error near '='"),
    ("(a), b = 1, 2", "test:1: syntax error near ','"),
    ("a, f() = 1, 2", "test:1: syntax error near '='"),
    ("a, b", "test:1: '=' expected near <eof>"),
    ("a b", "test:1: syntax error near 'b'"),
    ("1", "test:1: unexpected symbol near '1'"),
    ("nil", "test:1: unexpected symbol near 'nil'"),
    ("\"abc\" x", "test:1: unexpected symbol near '\"abc\"'"),
    ("return return", "test:1: unexpected symbol near 'return'"),
    ("return 1,", "test:1: unexpected symbol near <eof>"),
    ("return ...; x()", "test:1: <eof> expected near 'x'"),
    (
        "function f() return ... end",
        "test:1: cannot use '...' outside a vararg function near '...'",
    ),
    ("local t = {1 2}", "test:1: '}' expected near '2'"),
    ("t = {[1] 2}", "test:1: '=' expected near '2'"),
    ("t = {[1}", "test:1: ']' expected near '}'"),
    ("t = {a=}", "test:1: unexpected symbol near '}'"),
    (
        "t = {\n1,\n2",
        "test:3: '}' expected (to close '{' at line 1) near <eof>",
    ),
    (
        "x = (1\n+ 2",
        "test:2: ')' expected (to close '(' at line 1) near <eof>",
    ),
    (
        "f(1\n)\nx = f(2,\n3",
        "test:4: ')' expected (to close '(' at line 3) near <eof>",
    ),
    ("break", "test:1: <break> at line 1 not inside a loop"),
    (
        "do break end",
        "test:1: <break> at line 1 not inside a loop",
    ),
    (
        "while x do function f() break end end",
        "test:1: <break> at line 1 not inside a loop",
    ),
    (
        "goto x",
        "test:1: no visible label 'x' for <goto> at line 1",
    ),
    (
        "do ::x:: end goto x",
        "test:1: no visible label 'x' for <goto> at line 1",
    ),
    (
        "do goto x; local y; ::x:: f() end",
        "test:1: <goto x> at line 1 jumps into the scope of local 'y'",
    ),
    (
        "repeat goto continue; local z; ::continue:: until z",
        "test:1: <goto continue> at line 1 jumps into the scope of local 'z'",
    ),
    ("::a:: ::a::", "test:1: label 'a' already defined on line 1"),
    (
        "::a::\ndo ::b:: end\n::a::",
        "test:3: label 'a' already defined on line 1",
    ),
    ("::1::", "test:1: <name> expected near '1'"),
    ("::a", "test:1: '::' expected near <eof>"),
    ("goto 1", "test:1: <name> expected near '1'"),
    ("goto", "test:1: <name> expected near <eof>"),
    ("x = = 2", "test:1: unexpected symbol near '='"),
    ("x = 1 = 2", "test:1: unexpected symbol near '='"),
    ("x = a or", "test:1: unexpected symbol near <eof>"),
    ("x = not", "test:1: unexpected symbol near <eof>"),
    ("x = -", "test:1: unexpected symbol near <eof>"),
    ("x = #", "test:1: unexpected symbol near <eof>"),
    ("x = a..", "test:1: unexpected symbol near <eof>"),
    ("x = $", "test:1: unexpected symbol near '$'"),
    ("x = @", "test:1: unexpected symbol near '@'"),
    ("!", "test:1: unexpected symbol near '!'"),
    ("x = é", "test:1: unexpected symbol near '<\\195>'"),
    ("x = a.", "test:1: <name> expected near <eof>"),
    ("x = a:b", "test:1: function arguments expected near <eof>"),
    ("x = a:", "test:1: <name> expected near <eof>"),
    (
        "x = [[a]",
        "test:1: unfinished long string (starting at line 1) near <eof>",
    ),
    (
        "x = [==[ab\nc",
        "test:2: unfinished long string (starting at line 1) near <eof>",
    ),
    (
        "--[[x\n\n",
        "test:3: unfinished long comment (starting at line 1) near <eof>",
    ),
    (
        "--[==[ ]]",
        "test:1: unfinished long comment (starting at line 1) near <eof>",
    ),
    ("x = [=x", "test:1: invalid long string delimiter near '[='"),
    (
        "x = [==",
        "test:1: invalid long string delimiter near '[=='",
    ),
    ("x = \"abc", "test:1: unfinished string near <eof>"),
    ("x = \"abc\n\"", "test:1: unfinished string near '\"abc'"),
    ("x = 'a\\", "test:1: unfinished string near <eof>"),
    (
        "x = \"\\q\"",
        "test:1: invalid escape sequence near '\"\\q'",
    ),
    (
        "x = \"ab\\\n\\qc\"",
        "test:2: invalid escape sequence near '\"ab\n\\q'",
    ),
    (
        "x = \"\\x\"",
        "test:1: hexadecimal digit expected near '\"\\x\"'",
    ),
    (
        "x = \"\\xg0\"",
        "test:1: hexadecimal digit expected near '\"\\xg'",
    ),
    (
        "x = \"\\x1g\"",
        "test:1: hexadecimal digit expected near '\"\\x1g'",
    ),
    (
        "x = \"\\300\"",
        "test:1: decimal escape too large near '\"\\300\"'",
    ),
    (
        "x = \"\\256x\"",
        "test:1: decimal escape too large near '\"\\256x'",
    ),
    ("x = \"\\u\"", "test:1: missing '{' near '\"\\u\"'"),
    (
        "x = \"\\u{\"",
        "test:1: hexadecimal digit expected near '\"\\u{\"'",
    ),
    (
        "x = \"\\u{}\"",
        "test:1: hexadecimal digit expected near '\"\\u{}'",
    ),
    (
        "x = \"\\u{g}\"",
        "test:1: hexadecimal digit expected near '\"\\u{g'",
    ),
    ("x = \"\\u{12\"", "test:1: missing '}' near '\"\\u{12\"'"),
    (
        "x = \"\\u{110000}\"",
        "test:1: UTF-8 value too large near '\"\\u{110000'",
    ),
    (
        "x = \"\\u{7fffffff}\"",
        "test:1: UTF-8 value too large near '\"\\u{7fffff'",
    ),
    ("x = 0x", "test:1: malformed number near '0x'"),
    ("x = 3e", "test:1: malformed number near '3e'"),
    ("x = 3e+", "test:1: malformed number near '3e+'"),
    ("x = 1..2", "test:1: malformed number near '1..2'"),
    ("x = 0x1p", "test:1: malformed number near '0x1p'"),
    ("x = 08a", "test:1: malformed number near '08a'"),
    ("x = 1.2.3", "test:1: malformed number near '1.2.3'"),
    ("x = 0xep1q", "test:1: syntax error near <eof>"),
    (
        "x = \"a\\0b\" \"c\"\ny",
        "test:1: unexpected symbol near '\"c\"'",
    ),
    (
        "x = \"a\\tb\\65\\z\n   c\" y z",
        "test:2: syntax error near 'z'",
    ),
    ("x = [[\na\nb]] y z", "test:3: syntax error near 'z'"),
    ("x = 0x10 20", "test:1: unexpected symbol near '20'"),
    ("x = 1.50 2", "test:1: unexpected symbol near '2'"),
    ("x = y.goto", "test:1: <name> expected near 'goto'"),
    ("and", "test:1: unexpected symbol near 'and'"),
    ("x = function", "test:1: '(' expected near <eof>"),
    (
        "x = function(",
        "test:1: <name> or '...' expected near <eof>",
    ),
    ("x = function() return", "test:1: 'end' expected near <eof>"),
    (
        "local function f() goto out end ::out::",
        "test:1: no visible label 'out' for <goto> at line 1",
    ),
    ("f{", "test:1: unexpected symbol near <eof>"),
    ("f\"x\" = 1", "test:1: syntax error near '='"),
    ("a.b.c", "test:1: syntax error near <eof>"),
    (";;; x", "test:1: syntax error near <eof>"),
    ("else", "test:1: <eof> expected near 'else'"),
    ("end", "test:1: <eof> expected near 'end'"),
    ("until x", "test:1: <eof> expected near 'until'"),
    ("x = 1 // ", "test:1: unexpected symbol near <eof>"),
    ("x = 1 ~= ", "test:1: unexpected symbol near <eof>"),
    ("x = ~", "test:1: unexpected symbol near <eof>"),
    ("x = a ~ ", "test:1: unexpected symbol near <eof>"),
    (
        "return function() local a; goto a end",
        "test:1: no visible label 'a' for <goto> at line 1",
    ),
    ("elseif", "test:1: <eof> expected near 'elseif'"),
    ("x = a.b[\"c", "test:1: unfinished string near <eof>"),
    ("x = then", "test:1: unexpected symbol near 'then'"),
    ("x, = 1", "test:1: unexpected symbol near '='"),
    ("local a, = 1", "test:1: <name> expected near '='"),
    ("local a = ", "test:1: unexpected symbol near <eof>"),
    ("local function f", "test:1: '(' expected near <eof>"),
    (
        "local function f(",
        "test:1: <name> or '...' expected near <eof>",
    ),
    ("while", "test:1: unexpected symbol near <eof>"),
    ("while x", "test:1: 'do' expected near <eof>"),
    ("for", "test:1: <name> expected near <eof>"),
    ("for a", "test:1: '=' or 'in' expected near <eof>"),
    ("for a,", "test:1: <name> expected near <eof>"),
    ("for a, b", "test:1: 'in' expected near <eof>"),
    ("for a in", "test:1: unexpected symbol near <eof>"),
    ("for a = ", "test:1: unexpected symbol near <eof>"),
    ("for a = 1", "test:1: ',' expected near <eof>"),
    ("for a = 1, 2", "test:1: 'do' expected near <eof>"),
    ("for a = 1, 2 do", "test:1: 'end' expected near <eof>"),
    ("x = {", "test:1: unexpected symbol near <eof>"),
    ("x = {1", "test:1: '}' expected near <eof>"),
    ("x = {1,", "test:1: unexpected symbol near <eof>"),
    ("x = {a", "test:1: '}' expected near <eof>"),
    ("x = {a =", "test:1: unexpected symbol near <eof>"),
    ("x = {[", "test:1: unexpected symbol near <eof>"),
    ("x = {[1]", "test:1: '=' expected near <eof>"),
    ("x = (", "test:1: unexpected symbol near <eof>"),
    ("x = (1", "test:1: ')' expected near <eof>"),
    ("x = f(", "test:1: unexpected symbol near <eof>"),
    ("x = f(1", "test:1: ')' expected near <eof>"),
    ("x = f(1,", "test:1: unexpected symbol near <eof>"),
];
