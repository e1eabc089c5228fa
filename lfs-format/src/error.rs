//! Why an image, or a function, is refused.

use core::fmt;
use rostrings::rom::TableErrorKind;

/// A fault of an image or a function record, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Word offset of the fault from the start of the words examined.
    pub offset: u32,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset: offset as u32,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at word {}", self.kind, self.offset)
    }
}

impl core::error::Error for Error {}

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $kind:ident = $text:literal,)*) => {
        /// Each way in which an image or a function can be broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum ErrorKind {
            /// The string table is malformed.
            Strings(TableErrorKind),
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// All kinds that stand for themselves: all but [`Strings`](Self::Strings).
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$kind,)*];
        }

        impl fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // The texts apart from the call: a table of them, not code for each.
                let text = match self {
                    ErrorKind::Strings(kind) => return write!(f, "string table: {kind:?}"),
                    $(ErrorKind::$kind => $text,)*
                };
                f.write_str(text)
            }
        }
    };
}

error_kinds! {
    /// Fewer words than a header has.
    Truncated = "image cut short inside its header",
    /// Not an image: the first word is another.
    Magic = "not an image",
    /// A version of the format this reader does not know.
    Version = "unknown format version",
    /// A feature this reader does not know, but must.
    Features = "unknown required feature",
    /// Not a number model.
    Model = "unknown number model",
    /// Another string hash seed than this reader's.
    Seed = "other hash seed",
    /// The header does not agree with its checksum.
    HeaderChecksum = "header checksum mismatch",
    /// The image claims more words than there are, or fewer than its header.
    Length = "image longer than its bytes",
    /// Sections out of order or out of bounds.
    Sections = "section out of order",
    /// The words after the header do not agree with their checksum.
    PayloadChecksum = "payload checksum mismatch",
    /// The build id is not that of the content.
    BuildId = "build id is not that of the content",
    /// The string table does not fill its section.
    StringsEnd = "words behind the string table",
    /// A directory entry is not the place where the function before it ended.
    Directory = "directory entry is not where the function lies",
    /// More functions than a record can number.
    DirectorySize = "too many functions",
    /// The functions do not end where their section does.
    FunctionsEnd = "functions do not fill their section",
    /// A function record reaches past its section.
    RecordBounds = "function record out of bounds",
    /// A header word of a function that is not the one such a record has.
    RecordHeader = "malformed function header",
    /// The constant base does not lie behind whole number slots.
    RecordConstants = "constant base is not behind whole slots",
    /// The code does not follow the upvalue descriptors.
    RecordCode = "code does not follow the upvalue descriptors",
    /// A string slot that does not point to the start of a string of the image.
    StringSlot = "string slot does not point to a string",
    /// A string slot whose flag bits are not those of its string.
    StringFlags = "string slot with wrong flags",
    /// A child slot that does not point to the start of an earlier function.
    ChildSlot = "child slot does not point to an earlier function",
    /// A debug record that does not follow the one before, or the end of its section.
    DebugPlace = "debug record out of place",
    /// A debug record that cannot be decoded to its end.
    DebugRecord = "malformed debug record",
    /// The debug records do not end where their section does.
    DebugEnd = "debug records do not fill their section",

    /// A frame below 2 or above 250 registers.
    FrameSize = "frame size out of range",
    /// More parameters than registers.
    Params = "more parameters than registers",
    /// An unknown flag.
    Flags = "unknown function flag",
    /// An upvalue descriptor with unknown bits, or padding that is not zero.
    UpvalueBits = "malformed upvalue descriptor",
    /// MAIN, with an upvalue other than `_ENV`.
    Main = "main function with other upvalues than _ENV",
    /// SHAREABLE, with upvalues that forbid it.
    Shareable = "shareable function with captured variables",
    /// A child captures a register or upvalue that this function does not have.
    Capture = "child captures what its parent does not have",
    /// A child captures a register, but NEEDS_CLOSE is not set.
    NeedsClose = "captured register in a function that does not close",
    /// No instructions.
    NoCode = "no code",
    /// An unknown opcode.
    Opcode = "unknown opcode",
    /// A field that is not used is not zero.
    Unused = "unused operand is not zero",
    /// A register outside of the frame.
    Register = "register outside of the frame",
    /// An upvalue the function does not have.
    Upvalue = "no such upvalue",
    /// A constant the function does not have.
    Constant = "no such constant",
    /// A field name that is a long string.
    LongField = "field name is a long string",
    /// A child the function does not have.
    Child = "no such child",
    /// A count, size hint, condition or primitive out of range.
    Operand = "operand out of range",
    /// A jump out of the code, or in the wrong direction.
    Jump = "jump out of the code",
    /// A jump to an EXTRAARG or to a consumer of open results.
    JumpTarget = "jump into the middle of a pair",
    /// An instruction is not followed by the one it needs.
    Pair = "instruction without the one it needs behind it",
    /// An EXTRAARG without an instruction that takes it.
    StrayExtraArg = "EXTRAARG without its instruction",
    /// Open results without a consumer directly behind.
    OpenResults = "open results are not consumed",
    /// A consumer of open results without a producer directly before.
    OpenOperands = "open operands without a producer",
    /// A return that does not close upvalues in a NEEDS_CLOSE function.
    ReturnCloses = "return does not close captured variables",
    /// VARARG in a function without variable arguments.
    VarArg = "VARARG in a function without variable arguments",
    /// The code runs off its end.
    End = "code runs off its end",

    /// The module index does not fill its section, or has the wrong number of slots.
    IndexSize = "module index of the wrong size",
    /// A module name that is not a string of 1 to 255 bytes of the image.
    ModuleName = "malformed module name",
    /// Modules out of order, or one twice.
    ModuleOrder = "modules out of order",
    /// A module that is not a main function of the image.
    ModuleFunction = "module is not a main function",
    /// A slot of the index that no look-up of its module reaches, or a stray one.
    IndexSlot = "module index slot out of place",
    /// The resource directory does not fit its section.
    ResourceSize = "resource section of the wrong size",
    /// A resource name that is not a string of 1 to 255 bytes of the image.
    ResourceName = "malformed resource name",
    /// Resources out of order, or one twice.
    ResourceOrder = "resources out of order",
    /// A resource that does not lie behind the one before it.
    ResourcePlace = "resource out of place",
    /// Bytes behind a resource that are not zero.
    ResourcePadding = "padding of a resource is not zero",
}
