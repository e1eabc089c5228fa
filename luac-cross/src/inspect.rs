//! `inspect`.

use crate::failure::Failure;
use crate::mapped::MappedImage;
use crate::output;
use lfs_format::image::{Image, Verified};
use lfs_format::inspect::{Summary, Weights};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

/// Prints what an image holds and weighs.
pub fn perform(path: &Path, as_json: bool) -> Result<(), Failure> {
    let mapped = MappedImage::open(path)?;
    let image = mapped.verified()?;
    let text = if as_json {
        format!("{:#}\n", describe_json(&image))
    } else {
        describe(path, &image)
    };
    output::print(text.as_bytes())
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn strings(image: &Image<'_, Verified>) -> Vec<String> {
    let mut strings: Vec<String> = image
        .strings()
        .iter()
        .map(|(_, record)| text_of(record.bytes()))
        .collect();
    strings.sort();
    strings
}

/// Number and bytes of the functions of the module whose main function is at word `at`.
fn weigh_module(image: &Image<'_, Verified>, at: usize) -> (u32, u32) {
    let (mut functions, mut bytes) = (0, 0);
    let mut pending: Vec<_> = image.function_at(at).into_iter().collect();
    // Compilers do not share functions, but an image may: each counts once.
    let mut seen = HashSet::new();
    while let Some(function) = pending.pop() {
        if !seen.insert(function.index()) {
            continue;
        }
        functions += 1;
        bytes += Summary::of(image, &function).bytes;
        pending.extend((0..function.children()).filter_map(|child| image.child(&function, child)));
    }
    (functions, bytes)
}

fn describe_json(image: &Image<'_, Verified>) -> Value {
    let weights = Weights::of(image);
    let parts: serde_json::Map<String, Value> = weights
        .parts()
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), json!(bytes)))
        .collect();
    let modules: Vec<Value> = image
        .modules()
        .map(|(name, at)| {
            let (functions, bytes) = weigh_module(image, at);
            json!({ "name": text_of(name.bytes()), "word": at, "functions": functions, "bytes": bytes })
        })
        .collect();
    let resources: Vec<Value> = image
        .resources()
        .map(|(name, resource)| json!({ "name": text_of(name.bytes()), "bytes": resource.len() }))
        .collect();
    json!({
        "bytes": image.words().len() * 4,
        "model": image.model().to_string(),
        "build_time": image.build_time(),
        "build_id": format!("{:016x}", image.build_id()),
        "weights": parts,
        "modules": modules,
        "resources": resources,
        "strings": strings(image),
    })
}

fn describe(path: &Path, image: &Image<'_, Verified>) -> String {
    let mut out = String::new();
    let bytes = image.words().len() * 4;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}: {bytes} bytes, {}", path.display(), image.model());
    let _ = writeln!(
        out,
        "build {:016x}, time {}",
        image.build_id(),
        image.build_time()
    );
    let _ = writeln!(out, "\nweights");
    for (name, weight) in Weights::of(image).parts() {
        if weight > 0 {
            let share = f64::from(weight) * 100.0 / bytes as f64;
            let _ = writeln!(out, "  {name:<20} {weight:>8}  {share:5.1} %");
        }
    }
    let _ = writeln!(out, "\nmodules ({})", image.module_count());
    for (name, at) in image.modules() {
        let (functions, bytes) = weigh_module(image, at);
        let name = text_of(name.bytes());
        let _ = writeln!(
            out,
            "  {name:<24} {functions:>4} functions {bytes:>8} bytes"
        );
    }
    if image.resources().next().is_some() {
        let _ = writeln!(out, "\nresources");
        for (name, resource) in image.resources() {
            let _ = writeln!(
                out,
                "  {:<24} {:>8} bytes",
                text_of(name.bytes()),
                resource.len()
            );
        }
    }
    let strings = strings(image);
    let _ = writeln!(out, "\nstrings ({})", strings.len());
    for text in strings {
        let _ = writeln!(out, "  {text:?}");
    }
    out
}
