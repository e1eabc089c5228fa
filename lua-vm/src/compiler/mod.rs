//! Source text to functions: the compiler.
//!
//! One pass, no syntax tree: statements become instructions as they are read, so memory grows with nesting
//! and with the largest function, not with the source. Every function goes to a [`Sink`] as soon as its
//! `end` is read, children before the function around them.
//!
//! The language is Lua 5.3 with the messages of the reference implementation; the instructions are those of
//! [`lfs_format::isa`], and what is emitted holds the rules that the verifier checks.

mod blocks;
mod code;
mod constants;
mod error;
mod expression;
mod expressions;
mod function;
mod lexer;
mod limits;
mod operators;
mod statements;
#[cfg(test)]
mod tests;
mod token;
mod values;

use alloc::vec::Vec;

use lfs_format::function::{FunctionParts, FunctionRef, LocalVar, Sink, StringRef, flags};

use self::blocks::{Block, Goto, Label};
use self::constants::Pool;
use self::error::{Outcome, Stop};
use self::expression::Expr;
use self::function::Function;
use self::lexer::{Lexeme, Lexer, Near};
use self::token::Kind;
use crate::number::{Number, NumberModel};

pub use error::{ChunkId, CompileError, SyntaxError, chunk_id};
pub use limits::{Limits, MAX_LOCALS, MAX_UPVALUES};

/// Compiles a source text; the result is the sink's handle of its main function.
///
/// `chunk_name` says where the source comes from, in the form that [`chunk_id`] describes. The number model
/// `N` decides what numerals mean and how constant expressions are computed.
///
/// ```
/// use lfs_format::model::Model;
/// use lfs_format::write::{BuildInfo, ImageWriter};
/// use lua_vm::compiler::{CompileError, Limits, compile};
/// use lua_vm::number::Num32;
///
/// let mut image = ImageWriter::new(Model::Num32);
/// let source = b"local name = ... ; print('hello ' .. name)";
/// let main = compile::<Num32, _>(source, b"@hello.lua", &mut image, &Limits::SCRIPT);
/// image.add_module(b"hello", main.map_err(|error| format!("{error}"))?)?;
/// let words = image.finish(&BuildInfo::default())?;
/// # assert!(!words.is_empty());
///
/// let mut image = ImageWriter::new(Model::Num32);
/// let error = compile::<Num32, _>(b"x = = 1", b"=line", &mut image, &Limits::DEFAULT);
/// match error {
///     Err(CompileError::Syntax(error)) => {
///         assert_eq!(error.message, b"line:1: unexpected symbol near '='");
///     }
///     _ => unreachable!(),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`CompileError::Syntax`] if the source is not Lua or exceeds a limit, [`CompileError::Memory`] if the
/// compiler's own lists cannot grow, [`CompileError::Sink`] if the sink refuses something.
pub fn compile<N: NumberModel, S: Sink>(
    source: &[u8],
    chunk_name: &[u8],
    sink: &mut S,
    limits: &Limits,
) -> Result<FunctionRef, CompileError<S::Error>> {
    let mut output = Guarded { sink, error: None };
    compile_into::<N>(source, chunk_name, &mut output, limits).map_err(|failure| {
        match (failure, output.error) {
            (Some(failure), _) => CompileError::Syntax(failure),
            (None, Some(error)) => CompileError::Sink(error),
            (None, None) => CompileError::Memory,
        }
    })
}

/// A sink as the compiler sees it, whatever its errors are: there is one compiler for all sinks of a program.
trait Output {
    fn string(&mut self, text: &[u8]) -> Outcome<StringRef>;
    fn text(&self, string: StringRef) -> &[u8];
    fn function(&mut self, parts: &FunctionParts<'_>) -> Outcome<FunctionRef>;
}

/// A sink, and the error that it stopped with.
struct Guarded<'s, S: Sink> {
    sink: &'s mut S,
    error: Option<S::Error>,
}

impl<S: Sink> Guarded<'_, S> {
    fn keep<T>(&mut self, result: Result<T, S::Error>) -> Outcome<T> {
        result.map_err(|error| {
            self.error = Some(error);
            Stop::Sink
        })
    }
}

impl<S: Sink> Output for Guarded<'_, S> {
    fn string(&mut self, text: &[u8]) -> Outcome<StringRef> {
        let string = self.sink.string(text);
        self.keep(string)
    }

    fn text(&self, string: StringRef) -> &[u8] {
        self.sink.text(string)
    }

    fn function(&mut self, parts: &FunctionParts<'_>) -> Outcome<FunctionRef> {
        let function = self.sink.function(parts);
        self.keep(function)
    }
}

/// [`compile`]; the error is that of a syntax error, and nothing for others.
fn compile_into<N: NumberModel>(
    source: &[u8],
    chunk_name: &[u8],
    sink: &mut dyn Output,
    limits: &Limits,
) -> Result<FunctionRef, Option<SyntaxError>> {
    let mut strings = || Ok::<_, Stop>((sink.string(b"_ENV")?, sink.string(chunk_name)?));
    let (env, source_name) = strings().map_err(|_| None)?;
    let mut compiler = Compiler::<N> {
        lexer: Lexer::new(source, chunk_name, limits.script),
        sink,
        token: Token {
            kind: Kind::Eof,
            value: Literal::None,
        },
        ahead: None,
        last_line: 1,
        nesting: 0,
        nesting_limit: limits.nesting,
        stack_start: here(),
        stack_limit: limits.stack,
        env,
        source_name,
        function: Function::new(0),
        parents: Vec::new(),
        code: Vec::new(),
        lines: Vec::new(),
        numbers: Pool::new(),
        strings: Pool::new(),
        children: Vec::new(),
        locals: Vec::new(),
        active: Vec::new(),
        blocks: Vec::new(),
        labels: Vec::new(),
        gotos: Vec::new(),
        targets: Vec::new(),
    };
    match compiler.main_function() {
        Ok(proto) => Ok(proto),
        Err(Stop::Syntax) => Err(compiler.lexer.take_failure()),
        Err(Stop::Memory | Stop::Sink) => Err(None),
    }
}

/// The value of a token.
#[derive(Clone, Copy)]
enum Literal<N: NumberModel> {
    None,
    Text(StringRef),
    Number(Number<N>),
}

/// A token, its text interned.
#[derive(Clone, Copy)]
struct Token<N: NumberModel> {
    kind: Kind,
    value: Literal<N>,
}

/// State of one compilation.
struct Compiler<'a, N: NumberModel> {
    lexer: Lexer<'a>,
    sink: &'a mut dyn Output,
    token: Token<N>,
    /// The token behind `token`, where it had to be looked at.
    ahead: Option<Token<N>>,
    /// Line of the last token taken.
    last_line: u32,
    nesting: usize,
    nesting_limit: u16,
    /// Where the native stack was when the compilation began.
    stack_start: usize,
    stack_limit: usize,
    /// The name `_ENV`.
    env: StringRef,
    source_name: StringRef,
    /// The innermost function, and those around it, the main function first.
    function: Function,
    parents: Vec<Function>,
    // Stacks shared by all functions: see module `function`.
    code: Vec<u32>,
    lines: Vec<u32>,
    numbers: Pool<u64>,
    strings: Pool<StringRef>,
    children: Vec<FunctionRef>,
    locals: Vec<LocalVar>,
    /// Local variables declared and not out of scope, as positions in their function's part of `locals`.
    active: Vec<u32>,
    blocks: Vec<Block>,
    labels: Vec<Label>,
    gotos: Vec<Goto>,
    /// Left sides of the assignments being read.
    targets: Vec<Expr<N>>,
}

impl<N: NumberModel> Compiler<'_, N> {
    fn main_function(&mut self) -> Outcome<FunctionRef> {
        self.function.flags = flags::VARARG | flags::MAIN;
        self.add_environment()?;
        self.enter_block(false)?;
        self.advance()?;
        self.statements()?;
        self.check(Kind::Eof)?;
        self.close_function(0)
    }

    // Tokens.

    #[inline(never)]
    fn read_token(&mut self) -> Outcome<Token<N>> {
        let (kind, value) = match self.lexer.next()? {
            Lexeme::Plain(kind) => (kind, Literal::None),
            Lexeme::Number(number) => {
                let kind = match number {
                    Number::Int(_) => Kind::Integer,
                    Number::Float(_) => Kind::Float,
                };
                (kind, Literal::Number(number))
            }
            name_or_string => {
                let kind = match name_or_string {
                    Lexeme::Name => Kind::Name,
                    _ => Kind::String,
                };
                (kind, Literal::Text(self.sink.string(self.lexer.text())?))
            }
        };
        Ok(Token { kind, value })
    }

    /// Takes the current token.
    #[inline(never)]
    fn advance(&mut self) -> Outcome<()> {
        self.last_line = self.lexer.line;
        self.token = match self.ahead.take() {
            Some(token) => token,
            None => self.read_token()?,
        };
        Ok(())
    }

    /// The token behind the current one.
    fn look_ahead(&mut self) -> Outcome<Token<N>> {
        if let Some(token) = self.ahead {
            return Ok(token);
        }
        let token = self.read_token()?;
        self.ahead = Some(token);
        Ok(token)
    }

    fn is(&self, kind: Kind) -> bool {
        self.token.kind == kind
    }

    /// Takes the current token if it is of this kind.
    fn accept(&mut self, kind: Kind) -> Outcome<bool> {
        let found = self.is(kind);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// An error at the current token.
    #[cold]
    #[inline(never)]
    fn unexpected(&mut self, what: &str) -> Stop {
        let near = Near::Token(self.token.kind);
        self.lexer.fail(format_args!("{what}"), near)
    }

    /// Fails unless the current token is of this kind.
    fn check(&mut self, kind: Kind) -> Outcome<()> {
        if self.is(kind) {
            return Ok(());
        }
        let near = Near::Token(self.token.kind);
        Err(self.lexer.fail(format_args!("{kind} expected"), near))
    }

    /// Takes a token that must be of this kind.
    fn expect(&mut self, kind: Kind) -> Outcome<()> {
        self.check(kind)?;
        self.advance()
    }

    /// Takes the token that closes what another one opened on a line.
    #[inline(never)]
    fn expect_match(&mut self, close: Kind, open: Kind, line: u32) -> Outcome<()> {
        if self.is(close) || line == self.lexer.line {
            return self.expect(close);
        }
        let near = Near::Token(self.token.kind);
        let what = format_args!("{close} expected (to close {open} at line {line})");
        Err(self.lexer.fail(what, near))
    }

    /// Takes a name.
    #[inline(never)]
    fn expect_name(&mut self) -> Outcome<StringRef> {
        self.check(Kind::Name)?;
        let name = match self.token.value {
            Literal::Text(name) => name,
            _ => self.env,
        };
        self.advance()?;
        Ok(name)
    }

    // Nesting.

    /// Enters a level of the recursive parser.
    #[inline(never)]
    fn enter_level(&mut self) -> Outcome<()> {
        self.nesting += 1;
        self.check_levels(0)
    }

    fn leave_level(&mut self) {
        self.nesting -= 1;
    }

    /// Fails if the levels, and some more things that count as such, are too many.
    fn check_levels(&mut self, more: usize) -> Outcome<()> {
        let limit = usize::from(self.nesting_limit);
        if self.nesting + more > limit {
            return Err(self.limit_error("C levels", limit));
        }
        if self.stack_start.abs_diff(here()) > self.stack_limit {
            return Err(self.limit_error("bytes of C stack", self.stack_limit));
        }
        Ok(())
    }
}

/// An address near the end of the native stack.
#[inline(always)]
fn here() -> usize {
    let local = 0u8;
    (&raw const local).addr()
}
