//! Kinds of tokens, and how messages spell them.

use core::fmt;

/// What a token is, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character that stands for itself.
    Char(u8),
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    Goto,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    /// `..`
    Concat,
    /// `...`
    Dots,
    /// `==`
    Equal,
    /// `>=`
    GreaterEqual,
    /// `<=`
    LessEqual,
    /// `~=`
    NotEqual,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `//`
    FloorDivide,
    /// `::`
    Label,
    Eof,
    Float,
    Integer,
    Name,
    String,
}

impl Kind {
    /// The keyword that a text is, if it is one.
    pub(super) fn keyword(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"and" => Self::And,
            b"break" => Self::Break,
            b"do" => Self::Do,
            b"else" => Self::Else,
            b"elseif" => Self::ElseIf,
            b"end" => Self::End,
            b"false" => Self::False,
            b"for" => Self::For,
            b"function" => Self::Function,
            b"goto" => Self::Goto,
            b"if" => Self::If,
            b"in" => Self::In,
            b"local" => Self::Local,
            b"nil" => Self::Nil,
            b"not" => Self::Not,
            b"or" => Self::Or,
            b"repeat" => Self::Repeat,
            b"return" => Self::Return,
            b"then" => Self::Then,
            b"true" => Self::True,
            b"until" => Self::Until,
            b"while" => Self::While,
            _ => return None,
        })
    }

    /// The text of a token that always looks the same.
    fn spelling(self) -> &'static str {
        match self {
            Self::Char(_) => "",
            Self::And => "and",
            Self::Break => "break",
            Self::Do => "do",
            Self::Else => "else",
            Self::ElseIf => "elseif",
            Self::End => "end",
            Self::False => "false",
            Self::For => "for",
            Self::Function => "function",
            Self::Goto => "goto",
            Self::If => "if",
            Self::In => "in",
            Self::Local => "local",
            Self::Nil => "nil",
            Self::Not => "not",
            Self::Or => "or",
            Self::Repeat => "repeat",
            Self::Return => "return",
            Self::Then => "then",
            Self::True => "true",
            Self::Until => "until",
            Self::While => "while",
            Self::Concat => "..",
            Self::Dots => "...",
            Self::Equal => "==",
            Self::GreaterEqual => ">=",
            Self::LessEqual => "<=",
            Self::NotEqual => "~=",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::FloorDivide => "//",
            Self::Label => "::",
            Self::Eof => "<eof>",
            Self::Float => "<number>",
            Self::Integer => "<integer>",
            Self::Name => "<name>",
            Self::String => "<string>",
        }
    }
}

/// As messages show a kind of token: quoted where it is a text that a program contains.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Char(byte @ 0x20..=0x7e) => write!(f, "'{}'", byte as char),
            Self::Char(byte) => write!(f, "'<\\{byte}>'"),
            Self::Eof | Self::Float | Self::Integer | Self::Name | Self::String => {
                f.write_str(self.spelling())
            }
            _ => write!(f, "'{}'", self.spelling()),
        }
    }
}
