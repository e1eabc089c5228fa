//! Buffered streams: files, pipes and the standard streams.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::{Child, ExitStatus};
use std::thread_local;

/// Bytes a buffer holds.
pub(super) const CAPACITY: usize = 8192;

/// When output is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buffering {
    /// At once.
    No,
    /// At the end of a line.
    Line,
    /// When the buffer is full.
    Full,
}

/// What is read from or written to.
pub(super) enum Source {
    /// Nothing any more.
    Closed,
    /// A file, which may be read, written and positioned as the system allows.
    File(File),
    /// Something that can only be read.
    Reader(Box<dyn Read>),
    /// Something that can only be written.
    Writer(Box<dyn Write>),
    /// The host's output; the library writes there itself.
    Output,
}

/// A stream.
pub(super) struct Stream {
    source: Source,
    child: Option<Child>,
    /// Whether the program may close it.
    standard: bool,
    buffering: Buffering,
    /// Bytes read ahead; those before `position` have been consumed.
    input: Vec<u8>,
    position: usize,
    /// Bytes not handed on yet.
    output: Vec<u8>,
}

/// A stream that a userdata and the list of open streams share.
pub(super) type Shared = Rc<RefCell<Stream>>;

thread_local! {
    /// Streams to be flushed when the process exits.
    static OPEN: RefCell<Vec<Weak<RefCell<Stream>>>> = const { RefCell::new(Vec::new()) };
}

/// Hands on the output of all streams.
pub(crate) fn flush_all() {
    OPEN.with(|open| {
        let Ok(open) = open.try_borrow() else { return };
        for stream in open.iter().filter_map(Weak::upgrade) {
            if let Ok(mut stream) = stream.try_borrow_mut() {
                // At the end of a process there is nobody to tell that it failed.
                let _ = stream.flush();
            }
        }
    });
    let _ = super::output::flush();
}

fn bad_descriptor() -> io::Error {
    const EBADF: i32 = 9;
    io::Error::from_raw_os_error(EBADF)
}

fn illegal_seek() -> io::Error {
    const ESPIPE: i32 = 29;
    io::Error::from_raw_os_error(ESPIPE)
}

fn out_of_memory() -> io::Error {
    io::Error::from(io::ErrorKind::OutOfMemory)
}

impl Stream {
    /// A stream that is closed.
    pub(super) fn closed() -> Shared {
        let stream = Rc::new(RefCell::new(Self {
            source: Source::Closed,
            child: None,
            standard: false,
            buffering: Buffering::Full,
            input: Vec::new(),
            position: 0,
            output: Vec::new(),
        }));
        OPEN.with(|open| {
            if let Ok(mut open) = open.try_borrow_mut() {
                if open.len() == open.capacity() {
                    open.retain(|stream| stream.strong_count() > 0);
                }
                if open.try_reserve(1).is_ok() {
                    open.push(Rc::downgrade(&stream));
                }
            }
        });
        stream
    }

    /// Opens the stream over `source`.
    pub(super) fn open(&mut self, source: Source, child: Option<Child>) {
        self.source = source;
        self.child = child;
    }

    /// Opens a standard stream, which stays open.
    pub(super) fn open_standard(&mut self, source: Source, buffering: Buffering) {
        self.source = source;
        self.standard = true;
        self.buffering = buffering;
    }

    /// Whether it is closed.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.source, Source::Closed)
    }

    /// Whether it is a standard stream.
    pub(super) fn is_standard(&self) -> bool {
        self.standard
    }

    /// Whether output goes to the host's.
    pub(super) fn is_output(&self) -> bool {
        matches!(self.source, Source::Output)
    }

    /// Closes the stream; of a process, waits for its end.
    pub(super) fn close(&mut self) -> io::Result<Option<ExitStatus>> {
        let flushed = self.flush();
        self.source = Source::Closed;
        self.input = Vec::new();
        self.output = Vec::new();
        self.position = 0;
        let status = self
            .child
            .take()
            .map(|mut child| child.wait())
            .transpose()?;
        flushed.map(|()| status)
    }

    /// Chooses when output is handed on.
    pub(super) fn set_buffering(&mut self, buffering: Buffering) {
        self.buffering = buffering;
    }

    /// Writes bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unread()?;
        if self.output.len() + bytes.len() > CAPACITY {
            self.flush()?;
        }
        let room = CAPACITY - self.output.len();
        if self.buffering == Buffering::No
            || bytes.len() > CAPACITY
            || self.output.try_reserve(room).is_err()
        {
            return self.write_through(bytes);
        }
        if self.output.is_empty() {
            // A stream that cannot be written says so at the first attempt, not when its buffer is full.
            self.write_through(b"")?;
        }
        self.output.extend_from_slice(bytes);
        if self.buffering == Buffering::Line && bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.source {
            Source::File(file) if bytes.is_empty() => file.write(bytes).map(|_| ()),
            Source::File(file) => file.write_all(bytes),
            Source::Writer(writer) => writer.write_all(bytes),
            Source::Output => Ok(()),
            Source::Closed | Source::Reader(_) => Err(bad_descriptor()),
        }
    }

    /// Hands the output on.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.is_output() {
            return super::output::flush();
        }
        if self.output.is_empty() {
            return Ok(());
        }
        let output = core::mem::take(&mut self.output);
        let done = self.write_through(&output);
        self.output = output;
        self.output.clear();
        done
    }

    /// Gives back what was read ahead, so that the position of the file is that of the program.
    fn unread(&mut self) -> io::Result<()> {
        let ahead = self.input.len() - self.position;
        self.input.clear();
        self.position = 0;
        match &mut self.source {
            Source::File(file) if ahead > 0 => {
                file.seek(SeekFrom::Current(-(ahead as i64))).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Moves the position; gives the new one, counted from the start.
    pub(super) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.flush()?;
        let Source::File(file) = &mut self.source else {
            return Err(illegal_seek());
        };
        // What has no position keeps what was read ahead.
        file.stream_position()?;
        self.unread()?;
        match &mut self.source {
            Source::File(file) => file.seek(to),
            _ => Err(illegal_seek()),
        }
    }

    /// Forgets what has been consumed. What is consumed from here on can be given back by [`Stream::rewind`].
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.flush()?;
        self.input.drain(..self.position);
        self.position = 0;
        Ok(())
    }

    /// Gives back what was consumed since [`Stream::begin`].
    pub(super) fn rewind(&mut self) {
        self.position = 0;
    }

    /// The bytes read ahead.
    pub(super) fn ahead(&self) -> &[u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    /// Takes bytes that were read ahead.
    pub(super) fn consume(&mut self, count: usize) {
        self.position = (self.position + count).min(self.input.len());
    }

    /// Reads more ahead; false at the end.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        let len = self.input.len();
        self.input
            .try_reserve(CAPACITY)
            .map_err(|_| out_of_memory())?;
        self.input.resize(len + CAPACITY, 0);
        let room = self.input.get_mut(len..).unwrap_or_default();
        let read = loop {
            let read = match &mut self.source {
                Source::File(file) => file.read(room),
                Source::Reader(reader) => reader.read(room),
                Source::Closed | Source::Writer(_) | Source::Output => Err(bad_descriptor()),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = read.as_ref().map_or(0, |count| *count);
        self.input.truncate(len + count);
        read.map(|count| count > 0)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // There is nobody to tell that it failed.
        let _ = self.close();
    }
}
