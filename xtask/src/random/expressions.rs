//! Random expressions: operators over values of every kind, at the limits above all.

use super::choices::Choices;
use super::library;

const INTEGERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "10",
    "-3",
    "31",
    "32",
    "33",
    "63",
    "64",
    "100",
    "255",
    "-128",
    "65536",
    "0x7fff",
    "2147483647",
    "-2147483648",
    "math.maxinteger",
    "math.mininteger",
    "0x7fffffff",
    "0xffffffff",
    "1000000007",
    "9007199254740993",
    "0xffffffffffffffff",
    "9223372036854775807",
    "9223372036854775808",
];

const FLOATS: &[&str] = &[
    "0.0",
    "-0.0",
    "0.5",
    "1.0",
    "1.5",
    "-2.5",
    "3.0",
    "1e15",
    "1e16",
    "1e100",
    "-1e308",
    "2^31",
    "2^53",
    "2^63",
    "-2^63",
    "1/0",
    "-1/0",
    "0/0",
    "0.1",
    "1e-5",
    "123456.789",
    "0x1p-3",
    "0x.8p1",
    "1e-320",
    "16777217.0",
    "3.14159",
];

const STRINGS: &[&str] = &[
    "''",
    "'0'",
    "'10'",
    "'-7'",
    "'0x10'",
    "' 5 '",
    "'1e2'",
    "'3.0'",
    "'abc'",
    "'a\\0b'",
    "'nan'",
    "'1 2'",
    "'0x'",
    "'1e'",
    "'.5'",
    "'5.'",
    "'-0'",
    "'0x1p4'",
    "'9223372036854775808'",
    "'\\200\\255'",
    "'hello world'",
    "'%d'",
    "'a,b,,c'",
    "'  x'",
    "'\\n'",
    "'ABC'",
    "('xy'):rep(30)",
];

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "==", "~=", "<", "<=", ">",
    ">=", "and", "or",
];

const UNARY: &[&str] = &["-", "not ", "~"];

/// What an expression may refer to.
#[derive(Clone, Default)]
pub struct Scope {
    /// Names of local variables that can be seen.
    pub locals: Vec<String>,
    /// Whether `...` may be used.
    pub varargs: bool,
}

impl Scope {
    /// What a function without `...` sees inside this one.
    pub fn plain(&self) -> Self {
        Scope {
            locals: self.locals.clone(),
            varargs: false,
        }
    }
}

/// A value that is written down.
pub fn literal(choices: &mut Choices<'_>) -> String {
    match choices.pick(9) {
        0..=2 => choices.of(INTEGERS).to_owned(),
        3 | 4 => choices.of(FLOATS).to_owned(),
        5 | 6 => choices.of(STRINGS).to_owned(),
        7 => choices.of(&["nil", "true", "false"]).to_owned(),
        _ => choices
            .of(&["{}", "{1, 2, 3}", "{a = 1, b = 'x'}", "type"])
            .to_owned(),
    }
}

/// A number that is written down.
pub fn number(choices: &mut Choices<'_>) -> String {
    if choices.once_in(3) {
        choices.of(FLOATS).to_owned()
    } else {
        choices.of(INTEGERS).to_owned()
    }
}

/// A string that is written down.
pub fn string(choices: &mut Choices<'_>) -> String {
    choices.of(STRINGS).to_owned()
}

/// A variable: a local, a field of one, a global, or one that is not there.
pub fn variable(choices: &mut Choices<'_>, scope: &Scope) -> String {
    let local = |choices: &mut Choices<'_>| {
        if scope.locals.is_empty() {
            return choices.of(&["x", "y", "z"]).to_owned();
        }
        let at = choices.pick(scope.locals.len() as u32) as usize;
        scope.locals[at].clone()
    };
    match choices.pick(8) {
        0..=3 => local(choices),
        4 => choices.of(&["x", "y", "z"]).to_owned(),
        5 => format!("{}.{}", local(choices), choices.of(&["a", "b", "c"])),
        6 => format!(
            "{}[{}]",
            local(choices),
            choices.of(&["1", "2", "'a'", "x", "1.0"])
        ),
        _ => format!("x.{}", choices.of(&["a", "b"])),
    }
}

/// An expression of at most this depth.
pub fn expression(choices: &mut Choices<'_>, scope: &Scope, depth: u32) -> String {
    if depth == 0 {
        return match choices.pick(3) {
            0 | 1 => literal(choices),
            _ => variable(choices, scope),
        };
    }
    let below = depth - 1;
    match choices.pick(16) {
        0 => literal(choices),
        1 | 2 => variable(choices, scope),
        3..=8 => {
            let left = expression(choices, scope, below);
            let operator = choices.of(BINARY);
            let right = expression(choices, scope, below);
            match choices.pick(3) {
                0 => format!("({left} {operator} {right})"),
                _ => format!("{left} {operator} {right}"),
            }
        }
        9 => {
            let operator = choices.of(UNARY);
            // Two minus signs would begin a comment.
            format!("{operator}({})", expression(choices, scope, below))
        }
        10 => {
            let left = expression(choices, scope, below);
            format!("S(({left}) .. ({}))", expression(choices, scope, below))
        }
        11 | 12 => library::call(choices, scope, below),
        13 => {
            let first = expression(choices, scope, below);
            let second = expression(choices, scope, below);
            match choices.pick(4) {
                0 => format!(
                    "({{{first}, {second}}})[{}]",
                    choices.of(&["1", "2", "3", "x"])
                ),
                1 => format!(
                    "({{a = {first}, b = {second}}}).{}",
                    choices.of(&["a", "b", "c"])
                ),
                2 => format!("#S({first})"),
                _ => format!("(function(...) return ... end)({first}, {second})"),
            }
        }
        14 if scope.varargs => choices.of(&["...", "(...)", "select('#', ...)"]).to_owned(),
        14 => format!(
            "({}):{}()",
            expression(choices, scope, below),
            choices.of(&["len", "upper", "none"])
        ),
        _ => {
            let body = expression(choices, &scope.plain(), below);
            let argument = expression(choices, scope, below);
            format!("(function(p) return {body} end)({argument})")
        }
    }
}

/// A list of expressions.
pub fn list(choices: &mut Choices<'_>, scope: &Scope, depth: u32) -> String {
    let count = 1 + choices.pick(3);
    let items: Vec<String> = (0..count)
        .map(|_| expression(choices, scope, depth))
        .collect();
    items.join(", ")
}
