//! What goes with the code: lines, variables, upvalues, sizes and flags.

extern crate std;

use std::string::String;
use std::vec::Vec;

use lfs_format::function::{UpvalueDesc, flags};

use super::{Heap, heap};
use crate::number::Num64;

fn compiled(source: &str) -> Heap {
    heap::<Num64>(source.as_bytes()).expect("a valid source")
}

/// Lines of the main function's instructions.
fn lines(source: &str) -> Vec<u32> {
    let compiled = compiled(source);
    compiled
        .functions
        .last()
        .expect("a main function")
        .lines
        .clone()
}

#[test]
fn calls_and_operators_have_lines_of_their_own() {
    // The call belongs to the line its function begins on, whatever its arguments span.
    assert_eq!(lines("f(\n1,\n2\n)"), [1, 2, 4, 1, 4]);
    assert_eq!(lines("\na\n.b\n(1)"), [2, 3, 4, 2, 4]);
    // An operator belongs to its line, not that of its operands; a comparison to the end of its operands.
    assert_eq!(lines("local a, b\nlocal c =\na\n+\nb"), [1, 4, 5]);
    assert_eq!(lines("local a, b\nlocal c =\na\n<\nb"), [1, 5, 5, 5, 5, 5]);
    assert_eq!(lines("local a = -\nb"), [2, 1, 2]);
    // A definition happens on its first line.
    assert_eq!(lines("function f()\n\nend"), [3, 1, 3]);
    assert_eq!(lines("local function f()\n\nend"), [3, 3]);
}

#[test]
fn loops_go_on_at_their_head() {
    assert_eq!(
        lines("for i =\n1,\n2 do\nf()\nend"),
        [2, 3, 3, 3, 4, 4, 1, 5]
    );
    assert_eq!(lines("for k in\nf do\ng()\nend"), [2, 2, 2, 3, 3, 2, 2, 4]);
}

fn locals(source: &str) -> Vec<(String, u32, u32)> {
    let compiled = compiled(source);
    let main = compiled.functions.last().expect("a main function");
    let named = main.locals.iter();
    named
        .map(|&(name, start, end)| (compiled.name(name), start, end))
        .collect()
}

fn local(name: &str, start: u32, end: u32) -> (String, u32, u32) {
    (name.into(), start, end)
}

#[test]
fn local_variables_live_from_their_value_to_the_end_of_their_block() {
    assert_eq!(
        locals("local a = 1 do local b, c = a, 1 end local d"),
        [
            local("a", 1, 5),
            local("b", 3, 3),
            local("c", 3, 3),
            local("d", 4, 5)
        ]
    );
    assert_eq!(locals("local function f() end"), [local("f", 1, 2)]);
    assert_eq!(
        locals("for i = 1, 2 do f() end"),
        [
            local("(for index)", 3, 7),
            local("(for limit)", 3, 7),
            local("(for step)", 3, 7),
            local("i", 4, 6),
        ]
    );
    assert_eq!(
        locals("for k, v in f do g() end"),
        [
            local("(for generator)", 2, 7),
            local("(for state)", 2, 7),
            local("(for control)", 2, 7),
            local("k", 3, 5),
            local("v", 3, 5),
        ]
    );
}

#[test]
fn upvalues_are_found_through_all_functions_between() {
    let compiled = compiled("local a, b function f() return function() return b, x, a end end");
    let inside = |index| UpvalueDesc {
        in_stack: false,
        index,
    };
    let register = |index| UpvalueDesc {
        in_stack: true,
        index,
    };
    let [inner, outer, main] = compiled.functions.as_slice() else {
        panic!("three functions");
    };
    assert_eq!(inner.upvalues, [inside(0), inside(1), inside(2)]);
    assert_eq!(outer.upvalues, [register(1), inside(0), register(0)]);
    assert_eq!(main.upvalues, [inside(0)]);
    let names = |function: &super::Compiled| -> Vec<_> {
        let names = function.upvalue_names.iter();
        names
            .map(|name| name.map(|name| compiled.name(name)))
            .collect()
    };
    let expected = ["b", "_ENV", "a"].map(|name| Some(name.into()));
    assert_eq!(names(inner), expected);
    assert_eq!(names(outer), expected);
    assert_eq!(names(main), [Some("_ENV".into())]);
    assert_eq!(outer.children, [0]);
    assert_eq!(main.children, [1]);
}

#[test]
fn flags_say_what_a_function_needs() {
    let of = |source| -> Vec<u8> { compiled(source).functions.iter().map(|f| f.flags).collect() };
    const MAIN: u8 = flags::MAIN | flags::VARARG | flags::SHAREABLE;
    assert_eq!(of(""), [MAIN]);
    assert_eq!(of("function f() end"), [flags::SHAREABLE, MAIN]);
    assert_eq!(
        of("function f(...) x = 1 end"),
        [flags::SHAREABLE | flags::VARARG, MAIN]
    );
    assert_eq!(
        of("local a function f() return a end"),
        [0, MAIN | flags::NEEDS_CLOSE]
    );
    // An environment of one's own is no global one.
    assert_eq!(
        of("local _ENV function f() x = 1 end"),
        [0, MAIN | flags::NEEDS_CLOSE]
    );
    // Only the function that owns the variable has to close it.
    assert_eq!(
        of("local a function f() return function() return a end end"),
        [0, 0, MAIN | flags::NEEDS_CLOSE]
    );
}

#[test]
fn sizes() {
    let compiled = compiled("function f(a, b, ...)\nreturn a, b, 1, 2\nend\n");
    let [function, main] = compiled.functions.as_slice() else {
        panic!("two functions");
    };
    assert_eq!((function.params, function.frame_size), (2, 6));
    assert_eq!((function.line_defined, function.last_line_defined), (1, 3));
    assert_eq!((main.params, main.frame_size), (0, 2));
    assert_eq!((main.line_defined, main.last_line_defined), (0, 0));
    // The results of a call begin at the called function's register.
    let compiled = self::compiled("local a, b, c = f()");
    assert_eq!(compiled.functions[0].frame_size, 3);
    // The iterator of a generic loop is called on copies.
    let compiled = self::compiled("for a in f do end");
    assert_eq!(compiled.functions[0].frame_size, 6);
}

#[test]
fn escapes_stand_for_bytes() {
    let compiled = compiled(
        "return '\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"', '\\x41\\65\\0651\\u{7f}\\u{80}\\u{7ff}\\u{800}\
         \\u{d800}\\u{ffff}\\u{10000}\\u{10ffff}', 'a\\z \n\t b', 'a\\\nb\\\r\nc', [[\r\na\r\nb\n\rc\rd]], [==[]]]=]]==]",
    );
    let strings = compiled.functions[0].strings.iter();
    let strings: Vec<&[u8]> = strings.map(|&s| compiled.strings[s].as_slice()).collect();
    assert_eq!(
        strings,
        [
            b"\x07\x08\x0c\n\r\t\x0b\\'\"".as_slice(),
            b"AA\x411\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
            b"ab",
            b"a\nb\nc",
            b"a\nb\nc\nd",
            b"]]]=]",
        ]
    );
}
