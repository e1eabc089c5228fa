//! Limits of the language, and sources that come close to them.

extern crate std;

use std::format;
use std::string::String;
use std::vec::Vec;

use super::{Heap, heap, message, prove};
use crate::compiler::{CompileError, Limits, compile};
use crate::number::{Num32, Num64};
use lfs_format::isa::Op;

/// `count` items made from their numbers, joined.
fn list(count: usize, separator: &str, item: impl Fn(usize) -> String) -> String {
    let items: Vec<_> = (0..count).map(item).collect();
    items.join(separator)
}

fn names(prefix: &str, count: usize) -> String {
    list(count, ", ", |i| format!("{prefix}{i}"))
}

fn compiles(source: &str) {
    heap::<Num64>(source.as_bytes()).expect("a valid source");
    prove::<Num32>(source.as_bytes()).expect("a valid source");
}

#[test]
fn locals() {
    compiles(&format!("local {} = f()", names("a", 200)));
    assert_eq!(
        message(&format!("local {}", names("a", 201))),
        "test:1: too many local variables (limit is 200) in main function near <eof>"
    );
    assert_eq!(
        message(&format!("x = 1\nfunction f({}) end", names("a", 201))),
        "test:2: too many local variables (limit is 200) in function at line 2 near ')'"
    );
    // Scopes that are over do not count.
    compiles(&list(300, "\n", |_| "do local a, b end".into()));
}

#[test]
fn upvalues() {
    let source = |outer: usize, inner: usize| {
        let (a, b) = (names("a", outer), names("b", inner));
        format!(
            "local {a}\nlocal function f()\nlocal {b}\nreturn function()\nreturn {a}, {b} end end"
        )
    };
    compiles(&source(100, 100));
    let calls = |outer: usize, inner: usize| {
        let calls = |prefix: &str, count| list(count, " ", |i| format!("{prefix}{i}()"));
        let (a, b) = (names("a", outer), names("b", inner));
        let (x, y) = (calls("a", outer), calls("b", inner));
        format!("local {a}\nlocal function f()\nlocal {b}\nreturn function()\n{x} {y} end end")
    };
    compiles(&calls(150, 105));
    assert_eq!(
        message(&calls(150, 106)),
        "test:5: too many upvalues (limit is 255) in function at line 4 near '('"
    );
    // The function between runs out of them first.
    let between = |count: usize| {
        let calls = |prefix: &str, count| list(count, " ", |i| format!("{prefix}{i}()"));
        format!(
            "local {}\nlocal function f()\nlocal {}\nreturn function()\nreturn function()\n{} {} end end end",
            names("a", 150),
            names("b", count),
            calls("a", 150),
            calls("b", count),
        )
    };
    compiles(&between(105));
    assert!(message(&between(106)).starts_with("test:6: too many upvalues (limit is 255)"));
}

#[test]
fn registers() {
    compiles(&format!("f({})", list(249, ", ", |_| "x".into())));
    assert_eq!(
        message(&format!("f({})", list(250, ", ", |_| "x".into()))),
        "test:1: function or expression needs too many registers near <eof>"
    );
    assert!(
        message(&format!("return {}", list(251, ", ", |_| "x".into())))
            .starts_with("test:1: function or expression needs too many registers near")
    );
    assert!(
        message(&format!("return {}", list(251, "..", |_| "x".into())))
            .contains("levels (limit is 200)")
    );
    let deep = Limits {
        nesting: 1000,
        ..Limits::DEFAULT
    };
    let source = format!("return {}", list(251, "..", |_| "x".into()));
    let result = compile::<Num64, _>(source.as_bytes(), b"=test", &mut Heap::default(), &deep);
    let Err(CompileError::Syntax(error)) = result else {
        panic!("more operands than registers");
    };
    assert_eq!(
        error.message,
        b"test:1: function or expression needs too many registers near <eof>"
    );
    // A long chain of operators that associate to the left takes two registers.
    compiles(&format!(
        "local x; return {}",
        list(10_000, "+", |_| "x".into())
    ));
    compiles(&format!(
        "local x; x = {}",
        list(10_000, " or ", |_| "x".into())
    ));
    compiles(&format!("x = {}", list(10_000, " and ", |_| "x".into())));
}

#[test]
fn nesting() {
    let nested = |open: &str, count: usize, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    compiles(&format!("x = {}", nested("(", 190, "1", ")")));
    compiles(&format!("x = {}", nested("- ", 190, "y", "")));
    compiles(&format!("x = {}", nested("{", 190, "", "}")));
    compiles(&format!("x = {}", nested("f(", 190, "", ")")));
    compiles(&nested("do ", 190, "", " end"));
    compiles(&nested("while x do ", 190, "", " end"));
    compiles(&format!(
        "x = {}",
        nested("function() return ", 90, "1", " end")
    ));
    assert_eq!(
        message(&format!("x = {}", nested("(", 200, "1", ")"))),
        "test:1: too many C levels (limit is 200) in main function near '('"
    );
    assert_eq!(
        message(&nested("do ", 201, "", " end")),
        "test:1: too many C levels (limit is 200) in main function near 'do'"
    );
    assert!(message(&format!("{} = 1", names("a", 250))).contains("C levels"));
    let shallow = Limits {
        nesting: 20,
        ..Limits::DEFAULT
    };
    let source = format!("x = {}", nested("(", 25, "1", ")"));
    let result = compile::<Num64, _>(source.as_bytes(), b"=test", &mut Heap::default(), &shallow);
    let Err(CompileError::Syntax(error)) = result else {
        panic!("too deep");
    };
    assert!(
        error
            .message
            .starts_with(b"test:1: too many C levels (limit is 20) ")
    );
}

#[test]
fn jumps() {
    let body = |count: usize| list(count, " ", |_| "x = y".into());
    compiles(&format!("for i = 1, 2 do {} end", body(32_000)));
    for head in ["for i = 1, 2", "for k in f"] {
        assert_eq!(
            message(&format!("{head} do {} end", body(33_000))),
            "test:1: control structure too long near 'end'"
        );
    }
    compiles(&format!("while f() do {} end", body(50_000)));
    compiles(&format!(
        "if f() then {} else {} end",
        body(50_000),
        body(50_000)
    ));
}

#[test]
fn many_strings() {
    let source = list(300, "\n", |i| {
        format!("x{i} = t.y{i}; if x == 'z{i}' then f() end")
    });
    compiles(&source);
    let compiled = heap::<Num64>(source.as_bytes()).expect("a valid source");
    let main = &compiled.functions[0];
    assert!(main.strings.len() > 600);
    // Beyond the first 256 constants, names come through registers.
    let count = |wanted| {
        main.code
            .iter()
            .filter(|word| word.op() == Some(wanted))
            .count()
    };
    assert!(count(Op::GetTable) > 100 && count(Op::GetField) > 50);
    assert!(count(Op::SetTable) > 100 && count(Op::SetTabUp) > 50);
    assert!(count(Op::Eq) > 100 && count(Op::EqKS) > 50);
    let methods = list(300, "\n", |i| format!("t:m{i}(1)"));
    compiles(&methods);
    let compiled = heap::<Num64>(methods.as_bytes()).expect("a valid source");
    let code = &compiled.functions[0].code;
    assert!(code.iter().any(|word| word.op() == Some(Op::SelfR)));
    assert_eq!(
        message(&format!(
            "x = {{{}}}",
            list(65_600, ",", |i| format!("'s{i}'"))
        )),
        "test:1: too many constants (limit is 65535) in main function near ''s65535''"
    );
}

#[test]
fn every_constant_is_kept_once() {
    let source = list(3, "\n", |_| {
        list(100, "\n", |i| {
            format!(
                "x{i} = {}; y = {}.5; z = 's{i}'; w = '{}'",
                i + 70_000,
                i + 70_000,
                "l".repeat(i)
            )
        })
    });
    let inner = format!("{source}\nfunction f() {source} end\n{source}");
    let compiled = heap::<Num64>(inner.as_bytes()).expect("a valid source");
    assert_eq!(compiled.functions.len(), 2);
    for function in &compiled.functions {
        assert_eq!(function.numbers.len(), 200);
        let mut strings = function.strings.clone();
        strings.sort();
        strings.dedup();
        assert_eq!(strings.len(), function.strings.len());
    }
    assert_eq!(compiled.functions[0].strings.len(), 303);
}

#[test]
fn an_integer_and_a_float_of_the_same_bits_share_a_slot() {
    let compiled = heap::<Num64>(b"return 0x4029000000000000, 12.5").expect("a valid source");
    assert_eq!(compiled.functions[0].numbers, [12.5f64.to_bits()]);
    let compiled = heap::<Num32>(b"return 0x41480000, 12.5").expect("a valid source");
    assert_eq!(
        compiled.functions[0].numbers,
        [u64::from(12.5f32.to_bits())]
    );
}

#[test]
fn many_numbers() {
    let source = format!("x = {{{}}}", list(70_000, ",", |i| format!("{i}.5")));
    compiles(&source);
    let compiled = heap::<Num64>(source.as_bytes()).expect("a valid source");
    let main = &compiled.functions[0];
    assert_eq!(main.numbers.len(), 70_000);
    let wide = main.code.iter().filter(|word| word.op() == Some(Op::LoadX));
    assert_eq!(wide.count(), 70_000 - 65_536);
    // More batches than 8 bits can number.
    let wide = main
        .code
        .iter()
        .filter(|word| word.op() == Some(Op::SetList) && word.c() == 0);
    assert_eq!(wide.count(), 70_000 / 50 - 255);
}

#[test]
fn many_functions() {
    compiles(&list(1000, "\n", |i| {
        format!("function f{i}() return {i} end")
    }));
    let source = list(40_000, "\n", |i| format!("x{i} = function() end"));
    assert!(message(&source).contains("too many constants (limit is 65535) in main function"));
}

#[test]
fn many_labels_and_branches() {
    compiles(&list(1000, "\n", |i| format!("goto l{i} ::l{i}::")));
    compiles(&format!(
        "while x do {} end",
        list(10_000, " ", |_| "if y then break end".into())
    ));
    let chain = list(10_000, "\n", |i| format!("elseif x == {i} then y = {i}"));
    compiles(&format!("if z then {chain} end"));
}

#[test]
fn native_stack_is_limited() {
    let nested = format!("return {}1{}", "(".repeat(100), ")".repeat(100));
    let limits = |stack| Limits {
        stack,
        ..Limits::DEFAULT
    };
    let compiled = |stack| {
        compile::<Num32, _>(
            nested.as_bytes(),
            b"=n",
            &mut Heap::default(),
            &limits(stack),
        )
    };
    assert!(compiled(usize::MAX).is_ok());
    match compiled(1000) {
        Err(CompileError::Syntax(error)) => {
            let message = String::from_utf8_lossy(&error.message).into_owned();
            assert!(message.contains("too many bytes of C stack"), "{message}");
        }
        _ => panic!("the limit was not kept"),
    }
}
