//! The library `http` of the virtual device: HTTP as a device's own library would have it, over the host's network.
//!
//! | function | result |
//! |---|---|
//! | `http.get(url, headers, callback)` | calls `callback(status, body)`; status -1 if there was no answer |
//! | `http.download(url, name)` | writes the body into a file; its length and SHA-256 (hexadecimal), or nil and why not |
//!
//! `headers` is nil, or lines `Name: value` with line ends between them. A request is done when the function returns.

use esp_port::files::{Files, Handle, Mode};
use lua_vm::api::{LuaString, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::{LuaInt, NumberModel};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;
use ureq::{Body, http::Response};

lua_vm::names! {
    /// Names of the library.
    pub static NAMES = &["http", "get", "download"];
}

lua_vm::library! {
    /// The library `http`.
    pub struct Http in NAMES {
        "get" => RomValue::Native(get::<N>),
        "download" => RomValue::Native(download::<N>),
    }
}

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes of a body that is handed over as a string.
const MOST: u64 = 1 << 20;
/// Bytes written to a file at a time.
const PIECE: usize = 4096;

fn request(url: &[u8], headers: Option<&[u8]>) -> Result<Response<Body>, String> {
    let url = std::str::from_utf8(url).map_err(|error| error.to_string())?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.get(url);
    let headers = String::from_utf8_lossy(headers.unwrap_or_default());
    for line in headers.lines().filter(|line| !line.trim().is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            return Err(format!("header without a colon: {line}"));
        };
        request = request.header(name.trim(), value.trim());
    }
    request.call().map_err(|error| error.to_string())
}

/// `http.get(url, headers, callback)`
fn get<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == 1 {
        return frame.ret0();
    }
    let url = frame.check_bytes(0)?;
    let headers = frame.opt_bytes(1)?;
    let Value::Function(callback) = frame.get(2) else {
        return Err(frame.type_error(2, "function"));
    };
    let answer = request(url, headers).and_then(|mut answer| {
        let status = i64::from(answer.status().as_u16());
        let body = answer.body_mut().with_config().limit(MOST).read_to_vec();
        Ok((status, body.map_err(|error| error.to_string())?))
    });
    let (status, body) = answer.unwrap_or_else(|error| (-1, error.into_bytes()));
    let body: LuaString<'_, N> = frame.ctx().intern(&body)?;
    frame.push(callback)?;
    frame.push(Value::Integer(N::Int::wrap(status)))?;
    frame.push(body)?;
    Ok(Step::Call {
        args: 2,
        results: 0,
        state: 1,
    })
}

/// `http.download(url, name)`
fn download<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (url, name) = (frame.check_bytes(0)?, frame.check_bytes(1)?);
    let ctx = frame.ctx();
    let Some(files) = ctx.with_app_data(|files: &mut Files| files.clone()) else {
        return Err(frame.error(format_args!("no file system")));
    };
    match fetch(url, name, &files) {
        Ok((length, digest)) => {
            let digest = ctx.intern(digest.as_bytes())?;
            frame.ret2(Value::Integer(N::Int::wrap(length)), digest)
        }
        Err(message) => {
            let message = ctx.intern(message.as_bytes())?;
            frame.ret2(Value::Nil, message)
        }
    }
}

/// Downloads into a file; one that was begun and not ended is removed.
fn fetch(url: &[u8], name: &[u8], files: &Files) -> Result<(i64, String), String> {
    let mut answer = request(url, None)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("the server answers {status}"));
    }
    let promised = answer.body().content_length();
    let file = files
        .open(name, Mode::WRITE)
        .map_err(|error| error.to_string())?;
    let written = copy(&mut answer, file, files);
    let closed = files.close(file).map_err(|error| error.to_string());
    let complete = written.and_then(|(length, digest)| {
        closed?;
        match promised {
            Some(promised) if promised != length => {
                Err(format!("{length} of {promised} bytes came"))
            }
            _ => Ok((i64::try_from(length).unwrap_or(i64::MAX), digest)),
        }
    });
    if complete.is_err() {
        // The reason for the failure is what the program is to hear.
        let _ = files.remove(name);
    }
    complete
}

fn copy(answer: &mut Response<Body>, file: Handle, files: &Files) -> Result<(u64, String), String> {
    let mut reader = answer.body_mut().as_reader();
    let mut piece = [0; PIECE];
    let (mut length, mut digest) = (0, Sha256::new());
    loop {
        let count = reader.read(&mut piece).map_err(|error| error.to_string())?;
        let bytes = piece.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        files
            .write(file, bytes)
            .map_err(|error| error.to_string())?;
        digest.update(bytes);
        length += count as u64;
    }
    let mut hex = String::new();
    for byte in digest.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok((length, hex))
}
