//! The command line.

use crate::failure::Failure;
use crate::pack::{self, Pack};
use crate::sign::{self, Sign, Verify};
use crate::sim::{self, Sim};
use lexopt::prelude::*;
use lfs_format::function::StripLevel;
use lfs_format::model::Model;
use std::ffi::OsString;
use std::path::PathBuf;

/// Text of `--help`.
pub const HELP: &str = "\
usage: luac-cross [options] [name=]file.lua ...     compile (- is standard input)
       luac-cross [options] -e script.lua [args]    run a script on this host
       luac-cross inspect [--json] image            what an image holds and weighs
       luac-cross verify [--key name.pub] image ... check images, and their signatures
       luac-cross sign --key name.key image [-o file]  sign an image, in place without -o
       luac-cross keygen name                       make the keys name.key (secret) and name.pub
       luac-cross sim --flash file [options]        run a virtual device (see sim --help)
       luac-cross pack [options] -o folder          files for esptool and espflash (see pack --help)

  -o file     write to file (luac.out; lfs.img with -f); - is standard output
  -f          make an image of modules, to be flashed or sent over the air
  -i          the same: every image has a look-up header
  -m size     refuse an image over size bytes (a multiple of 4096; 0x.. and ..K allowed)
  -a addr     accepted for compatibility: images run at any address
  -l          list the code; twice: with constants, locals and upvalues
  -p          parse only
  -s [0|1|2]  strip: 0 nothing, 1 names of variables, 2 lines too (plain -s: 2)
  -r name=file  put a file into the image as a resource
  -F image    mount an image before -e (may be repeated; later ones hide earlier ones)
  -e script   run a script, a file or statements; what follows is for the script
  --compat51  with -e: setfenv, getfenv, module and other names of Lua 5.1
  --num32     32-bit integers and floats, as on the devices (default)
  --num64     64-bit integers and floats, as in standard Lua
  -v          print the version
  --          end of options

A module is named after its file: the base name up to the first dot. name=file names it otherwise.
";

/// One source file of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Module name given on the command line.
    pub name: Option<String>,
    /// The file; `-` is standard input.
    pub path: PathBuf,
}

/// A compilation.
#[derive(Debug)]
pub struct Build {
    /// What to compile.
    pub sources: Vec<Source>,
    /// Where the result goes.
    pub output: PathBuf,
    /// Make an image of modules rather than one chunk.
    pub image: bool,
    /// Largest image in bytes.
    pub limit: Option<usize>,
    /// How often `-l` was given.
    pub list: u8,
    /// Write nothing.
    pub parse_only: bool,
    /// Debug information to drop.
    pub strip: StripLevel,
    /// Named files for the image.
    pub resources: Vec<(String, PathBuf)>,
    /// Number model of the target.
    pub model: Model,
    /// `-a` was given.
    pub address: bool,
    /// `-v` was given: print the version first.
    pub version: bool,
}

/// A run of a script.
#[derive(Debug)]
pub struct Run {
    /// The script; `-` is standard input.
    pub script: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The words before the script, for `arg[-1]` and below.
    pub before: Vec<OsString>,
    /// Images to mount.
    pub images: Vec<PathBuf>,
    /// Number model, if it was given.
    pub model: Option<Model>,
    /// Names of Lua 5.1 are wanted.
    pub compat51: bool,
    /// `-v` was given: print the version first.
    pub version: bool,
}

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// Print help.
    Help,
    /// Print the version.
    Version,
    /// Compile.
    Build(Build),
    /// Run a script.
    Run(Run),
    /// Describe an image.
    Inspect {
        /// The image.
        image: PathBuf,
        /// As JSON.
        json: bool,
    },
    /// Run a virtual device.
    Sim(Sim),
    /// Print help about that.
    SimHelp,
    /// Make files for the flash of a device.
    Pack(Pack),
    /// Print help about that.
    PackHelp,
    /// Make a pair of keys of this name.
    Keygen(PathBuf),
    /// Sign an image.
    Sign(Sign),
    /// Check images.
    Verify(Verify),
}

pub fn usage(message: impl std::fmt::Display) -> Failure {
    Failure::new(format_args!("{message} (try --help)"))
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        usage(error)
    }
}

/// Reads the command line; the first word is the program's name.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let words: Vec<OsString> = words.into_iter().collect();
    match words.get(1).and_then(|word| word.to_str()) {
        Some("inspect") => parse_inspect(&words),
        Some("keygen") => sign::parse_keygen(&words[2..]).map(Command::Keygen),
        Some("sign") => sign::parse_sign(&words[2..]).map(Command::Sign),
        Some("verify") => sign::parse_verify(&words[2..]).map(Command::Verify),
        Some("pack") => Ok(match pack::parse(&words[2..])? {
            Some(job) => Command::Pack(job),
            None => Command::PackHelp,
        }),
        Some("sim") => Ok(match sim::parse(&words[2..])? {
            Some(job) => Command::Sim(job),
            None => Command::SimHelp,
        }),
        _ => Collector::default().collect(&words),
    }
}

fn parse_inspect(words: &[OsString]) -> Result<Command, Failure> {
    let mut json = false;
    let mut image = None;
    let mut parser = lexopt::Parser::from_args(words[2..].iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            Value(path) if image.is_none() => image = Some(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    let image = image.ok_or_else(|| usage("inspect: which image?"))?;
    Ok(Command::Inspect { image, json })
}

/// Options as they come.
#[derive(Default)]
struct Collector {
    sources: Vec<Source>,
    output: Option<PathBuf>,
    image: bool,
    limit: Option<usize>,
    list: u8,
    parse_only: bool,
    strip: StripLevel,
    resources: Vec<(String, PathBuf)>,
    images: Vec<PathBuf>,
    model: Option<Model>,
    compat51: bool,
    version: bool,
    address: bool,
}

impl Collector {
    fn collect(mut self, words: &[OsString]) -> Result<Command, Failure> {
        let mut parser = lexopt::Parser::from_iter(words.iter().cloned());
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Command::Help),
                Short('v') | Long("version") => self.version = true,
                Short('o') => self.output = Some(parser.value()?.into()),
                Short('f' | 'i') => self.image = true,
                Short('m') => self.limit = Some(flash_size(&parser.value()?)?),
                Short('a') => {
                    number(&parser.value()?, "an address")?;
                    self.address = true;
                }
                Short('l') => self.list = self.list.saturating_add(1),
                Short('p') => self.parse_only = true,
                Short('s') => self.strip = strip_level(&mut parser)?,
                Short('r') => {
                    let word = parser.value()?;
                    let (name, path) = named(&word).ok_or_else(|| usage("-r wants name=file"))?;
                    self.resources.push((name, path));
                }
                Short('F') => self.images.push(parser.value()?.into()),
                Short('e') => {
                    let script: PathBuf = parser.value()?.into();
                    let arguments: Vec<OsString> = parser.raw_args()?.collect();
                    let before = words.len() - arguments.len() - 1;
                    return Ok(Command::Run(Run {
                        script,
                        arguments,
                        before: words[..before].to_vec(),
                        images: self.images,
                        model: self.model,
                        compat51: self.compat51,
                        version: self.version,
                    }));
                }
                Long("compat51") => self.compat51 = true,
                Long("num32") => self.model = Some(Model::Num32),
                Long("num64") => self.model = Some(Model::Num64),
                Value(word) => self.sources.push(source(word)),
                other => return Err(other.unexpected().into()),
            }
        }
        self.finish()
    }

    fn finish(self) -> Result<Command, Failure> {
        if self.sources.is_empty() {
            return match (self.version, self.images.is_empty()) {
                (true, _) => Ok(Command::Version),
                (false, false) => Err(usage("-F mounts images for a script: give one with -e")),
                (false, true) => Err(usage("no input files")),
            };
        }
        if !self.images.is_empty() {
            return Err(usage("-F goes with -e"));
        }
        if self.compat51 {
            return Err(usage("--compat51 goes with -e"));
        }
        if !self.image && (!self.resources.is_empty() || self.limit.is_some()) {
            return Err(usage("-r and -m go with -f"));
        }
        let default = if self.image { "lfs.img" } else { "luac.out" };
        Ok(Command::Build(Build {
            sources: self.sources,
            output: self.output.unwrap_or_else(|| default.into()),
            image: self.image,
            limit: self.limit,
            list: self.list,
            parse_only: self.parse_only,
            strip: self.strip,
            resources: self.resources,
            model: self.model.unwrap_or(Model::Num32),
            address: self.address,
            version: self.version,
        }))
    }
}

/// `name=file`, if the word has that form.
fn named(word: &OsString) -> Option<(String, PathBuf)> {
    let (name, path) = word.to_str()?.split_once('=')?;
    Some((name.to_owned(), path.into()))
}

fn source(word: OsString) -> Source {
    // A file that exists under the whole word is meant as it stands.
    if !PathBuf::from(&word).exists()
        && let Some((name, path)) = named(&word)
    {
        return Source {
            name: Some(name),
            path,
        };
    }
    Source {
        name: None,
        path: word.into(),
    }
}

/// The level that follows `-s`, if one does.
fn strip_level(parser: &mut lexopt::Parser) -> Result<StripLevel, Failure> {
    let level = |word: &str| word.parse().ok().and_then(StripLevel::from_u8);
    if let Some(attached) = parser.optional_value() {
        let level = attached.to_str().and_then(level);
        return level.ok_or_else(|| {
            usage(format_args!(
                "-s{}: strip levels are 0, 1 and 2",
                attached.display()
            ))
        });
    }
    let next = parser.try_raw_args().and_then(|mut rest| {
        let level = rest.peek().and_then(|word| word.to_str()).and_then(level)?;
        rest.next();
        Some(level)
    });
    Ok(next.unwrap_or(StripLevel::All))
}

/// A number: decimal or hexadecimal, with K or M for binary multiples.
pub fn number(word: &OsString, what: &str) -> Result<usize, Failure> {
    let text = word.to_string_lossy();
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1024),
        None => text
            .strip_suffix('M')
            .map_or((&*text, 1), |digits| (digits, 1024 * 1024)),
    };
    let value = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => usize::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    };
    value
        .and_then(|value| value.checked_mul(unit))
        .ok_or_else(|| usage(format_args!("'{text}' is not {what}")))
}

pub fn flash_size(word: &OsString) -> Result<usize, Failure> {
    let size = number(word, "a size")?;
    if size == 0 || !size.is_multiple_of(4096) {
        return Err(usage(format_args!("-m {size}: not a multiple of 4096")));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Command, Failure> {
        parse(line.split(' ').map(OsString::from))
    }

    fn build(line: &str) -> Build {
        match words(line) {
            Ok(Command::Build(build)) => build,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn strip_takes_a_level_only_if_one_follows() {
        assert_eq!(build("l -s a.lua").strip, StripLevel::All);
        assert_eq!(build("l -s 1 a.lua").strip, StripLevel::Names);
        assert_eq!(build("l -s0 a.lua").strip, StripLevel::None);
        assert_eq!(build("l -f -s -o x a.lua").output, PathBuf::from("x"));
        assert_eq!(build("l a.lua").strip, StripLevel::None);
        assert!(words("l -s7 a.lua").is_err());
    }

    #[test]
    fn sizes_are_whole_erase_blocks() {
        assert_eq!(build("l -f -m 0x10000 a.lua").limit, Some(65536));
        assert_eq!(build("l -f -m 64K a.lua").limit, Some(65536));
        assert!(words("l -f -m 1000 a.lua").is_err());
        assert!(words("l -f -m many a.lua").is_err());
    }

    #[test]
    fn what_follows_the_script_is_the_scripts() {
        let Ok(Command::Run(run)) = words("l -F a.img -F b.img -e s.lua -o -- x") else {
            panic!()
        };
        assert_eq!(run.images.len(), 2);
        assert_eq!(run.arguments, ["-o", "--", "x"]);
        assert_eq!(run.before, ["l", "-F", "a.img", "-F", "b.img", "-e"]);
    }

    #[test]
    fn names_may_be_given() {
        let build = build("l -f pl.List=/x/List.lua plain.lua");
        assert_eq!(build.sources[0].name.as_deref(), Some("pl.List"));
        assert_eq!(build.sources[1].name, None);
    }
}
