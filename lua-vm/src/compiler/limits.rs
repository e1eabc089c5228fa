//! Limits of the language and of one compilation.

/// Local variables one function may declare at a time.
pub const MAX_LOCALS: usize = 200;

/// Upvalues one function may have.
pub const MAX_UPVALUES: usize = 255;

/// What a caller of [`compile`](super::compile) decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of statements and expressions. The reference implementation allows 200.
    pub nesting: u16,
    /// Most bytes of native stack that nesting may take. The parser is recursive: a device sets this to what its
    /// stack bears beyond the few hundred bytes between two checks.
    pub stack: usize,
    /// Whether the source is a file: a byte order mark and a first line that starts with `#` are skipped.
    pub script: bool,
}

impl Limits {
    /// The limits of `load`: 200 levels, nothing is skipped.
    pub const DEFAULT: Self = Self {
        nesting: 200,
        stack: usize::MAX,
        script: false,
    };

    /// The limits of `loadfile`: as [`Limits::DEFAULT`], and a first line for the shell is skipped.
    pub const SCRIPT: Self = Self {
        script: true,
        ..Self::DEFAULT
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
