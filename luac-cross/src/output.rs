//! Where results go: standard output, files.

use crate::failure::Failure;
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

/// Prints to standard output. A reader that has gone away (`| head`) ends the output and is no failure.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::of_file(Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all; `-` is standard output.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return print(bytes);
    }
    write_whole(path, bytes).map_err(|error| Failure::of_file(path, plain(&error)))
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What a symbolic link points at is replaced, not the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match std::fs::metadata(&target) {
        Ok(data) if data.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        // A device or pipe cannot be replaced by a file.
        Ok(data) if !data.is_file() => {
            return std::fs::OpenOptions::new()
                .write(true)
                .open(&target)?
                .write_all(bytes);
        }
        _ => {}
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// The message of an error, without the name of a temporary file that nobody has asked for.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}
