//! Random calls of library functions, most with arguments of the right kind.

use super::choices::Choices;
use super::expressions::{self, Scope};

/// Kinds of arguments; `_` before a kind makes it optional.
const FUNCTIONS: &[(&str, &str)] = &[
    ("math.abs", "n"),
    ("math.ceil", "n"),
    ("math.floor", "n"),
    ("math.fmod", "nn"),
    ("math.max", "nn_n"),
    ("math.min", "nn_n"),
    ("math.modf", "n"),
    ("math.sqrt", "n"),
    ("math.tointeger", "x"),
    ("math.type", "x"),
    ("math.ult", "ii"),
    ("math.exp", "n"),
    ("math.log", "n_n"),
    ("math.sin", "n"),
    ("math.cos", "n"),
    ("tonumber", "x"),
    ("tonumber", "sb"),
    ("tostring", "x"),
    ("type", "x"),
    ("select", "bxxx"),
    ("rawequal", "xx"),
    ("rawlen", "s"),
    ("assert", "xx"),
    ("error", "x"),
    ("pcall", "fxx"),
    ("string.byte", "s_i_i"),
    ("string.char", "bbb"),
    ("string.find", "sp_i_x"),
    ("string.match", "sp_i"),
    ("string.gsub", "spr_b"),
    ("string.format", "dxxx"),
    ("string.len", "s"),
    ("string.lower", "s"),
    ("string.upper", "s"),
    ("string.rep", "sb_s"),
    ("string.reverse", "s"),
    ("string.sub", "si_i"),
    ("string.pack", "knnn"),
    ("string.packsize", "k"),
    ("string.unpack", "ks_b"),
    ("table.concat", "q_s_b_b"),
    ("table.unpack", "q_b_b"),
    ("table.pack", "xxx"),
    ("table.move", "qbbb"),
    ("utf8.char", "bbb"),
    ("utf8.len", "s_i_i"),
    ("utf8.codepoint", "s_b_b"),
    ("utf8.offset", "si_b"),
    ("load", "c"),
    ("ipairs", "x"),
    ("setmetatable", "qx"),
];

const SMALL: &[&str] = &[
    "1", "0", "2", "3", "5", "-1", "-2", "8", "16", "36", "'2'", "2.0", "2.5", "65", "300",
];

const PATTERN_ITEMS: &[&str] = &[
    "a", ".", "%a", "%d", "%s", "%w", "%p", "[abc]", "[^a-c]", "[%a_]", "%%", "x", " ", "(", ")",
    "()", "%1", "%b()", "%f[%w]", "^", "$", "[]]", "%", "[", "\\0", "%z", "[a-]", "%x", "%u",
];

const REPEATS: &[&str] = &["", "", "*", "+", "-", "?"];

const CONVERSIONS: &[&str] = &[
    "%d", "%5d", "%-5d|", "%05d", "%+d", "%x", "%#X", "%o", "%c", "%s", "%10s", "%.2s", "%-8s|",
    "%q", "%g", "%.3f", "%e", "%10.2e", "%a", "%i", "%u", "%%", "% d", "%#.3g", "%.0f", "%G",
    "%.14g", "%", "%y", "%123d", "%.20s",
];

// Without the sizes that are those of the reference's host: `l`, `T` and `s`.
const PACK_ITEMS: &[&str] = &[
    "b", "B", "h", "H", "i4", "I3", "j", "J", "n", "d", "f", "s1", "s2", "z", "x", "<", ">", "=",
    "!4", "Xi4", " ", "i8", "i16", "i17", "c3", "!", "I1",
];

const CODE: &[&str] = &[
    "'return 1'",
    "'x ='",
    "'return ...'",
    "'local'",
    "'for'",
    "'goto a'",
    "'::a:: ::a::'",
    "'break'",
    "'return \"'",
    "'x = }'",
    "'return 0x'",
    "'a.b:c = 1'",
    "'f()'",
    "'return 1,'",
    "'--[['",
    "'return [[x]'",
    "'x == 1'",
];

fn joined(
    choices: &mut Choices<'_>,
    most: u32,
    mut item: impl FnMut(&mut Choices<'_>) -> String,
) -> String {
    let count = 1 + choices.pick(most);
    (0..count).map(|_| item(choices)).collect()
}

/// A pattern, well-formed or not.
pub fn pattern(choices: &mut Choices<'_>) -> String {
    let text = joined(choices, 5, |choices| {
        let item = choices.of(PATTERN_ITEMS);
        format!("{item}{}", choices.of(REPEATS))
    });
    format!("'{text}'")
}

fn argument(choices: &mut Choices<'_>, scope: &Scope, kind: char, depth: u32) -> String {
    if choices.once_in(12) {
        return match kind {
            // Counts are small, for they say how long a call takes.
            'b' => choices.of(&["nil", "true", "{}", "'x'", "type"]).to_owned(),
            _ => expressions::literal(choices),
        };
    }
    match kind {
        'n' => expressions::number(choices),
        'i' => match choices.pick(3) {
            2 => expressions::number(choices),
            _ => choices.of(SMALL).to_owned(),
        },
        'b' => choices.of(SMALL).to_owned(),
        's' => expressions::string(choices),
        'p' => pattern(choices),
        'r' => choices
            .of(&[
                "'<%0>'",
                "'%1'",
                "''",
                "'%%'",
                "'%2'",
                "'%'",
                "{a = 'A', x = true}",
                "string.upper",
                "7",
                "'%9'",
            ])
            .to_owned(),
        'd' => {
            let text = joined(choices, 3, |choices| choices.of(CONVERSIONS).to_owned());
            format!("'{text}'")
        }
        'k' => {
            let text = joined(choices, 3, |choices| choices.of(PACK_ITEMS).to_owned());
            format!("'{text}'")
        }
        'q' => choices
            .of(&[
                "{}",
                "{1}",
                "{1, 2, 3}",
                "{'a', 'b'}",
                "{3, 1, 2}",
                "{1.5, 'x', 2}",
                "{{}}",
                "{true}",
            ])
            .to_owned(),
        'c' => choices.of(CODE).to_owned(),
        'f' => choices
            .of(&[
                "error",
                "type",
                "math.floor",
                "string.rep",
                "tostring",
                "nil",
                "select",
            ])
            .to_owned(),
        _ => expressions::expression(choices, scope, depth),
    }
}

/// A call.
pub fn call(choices: &mut Choices<'_>, scope: &Scope, depth: u32) -> String {
    let (function, kinds) = FUNCTIONS[choices.pick(FUNCTIONS.len() as u32) as usize];
    let mut arguments = Vec::new();
    let mut optional = false;
    for kind in kinds.chars() {
        if kind == '_' {
            optional = true;
            continue;
        }
        // Now and then an argument is missing.
        if choices.once_in(if optional { 2 } else { 25 }) {
            break;
        }
        arguments.push(argument(choices, scope, kind, depth));
    }
    format!("{function}({})", arguments.join(", "))
}

const TOKENS: &[&str] = &[
    "x",
    "1",
    "'s'",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ".",
    ":",
    ",",
    ";",
    "..",
    "...",
    "+",
    "-",
    "*",
    "//",
    "==",
    "<<",
    "~",
    "#",
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
    "::",
    "0x1p",
    "3e",
    "'\\\\q'",
    "'\\\\300'",
    "[[a]]",
    "@",
    "1.5",
    "y",
    "local x",
    "x = 1",
    "f()",
    "::l::",
    "goto l",
    "'\\\\u{110000000}'",
    "!",
    "$",
];

/// Source text that is hardly ever right, as a quoted string.
pub fn soup(choices: &mut Choices<'_>) -> String {
    let text = joined(choices, 9, |choices| {
        let token = choices.of(TOKENS);
        format!(
            "{}{}",
            token.replace('\'', "\\'"),
            choices.of(&[" ", " ", " ", "\\n", ""])
        )
    });
    format!("'{text}'")
}
