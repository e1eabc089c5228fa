//! Changed images: refused, or run without fault.
//!
//! Checksums are set right again after each change, so it is the verifier that decides. `LUA_VM_MUTATIONS` multiplies
//! the number of random changes.

use crate::program::{Output, directory, image, programs, verified};
use lfs_format::function::StripLevel;
use lfs_format::image::{Image, words_from_bytes};
use lfs_format::isa::{Instruction, OP_COUNT};
use lfs_format::write::{BuildInfo, ImageWriter, seal};
use lua_vm::GcConfig;
use lua_vm::api::{Lua, Mode, Progress, Stash, Variadic};
use lua_vm::compiler::{Limits, compile};
use lua_vm::image_model;
use lua_vm::number::NumberModel;

for_both_models!(
    golden_images_with_any_word_changed,
    real_programs_with_random_changes,
    real_programs_with_changed_instructions,
    changed_chunks_load_or_are_refused,
);

/// Bytes a changed program may use.
const MEMORY: usize = 512 * 1024;
/// Fuel a changed program may use, in slices.
const FUEL: u64 = 400;
/// Slices.
const SLICES: u32 = 3;

/// Pseudo-random numbers (xorshift64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }

    pub fn word(&mut self) -> u32 {
        (self.next() >> 24) as u32
    }
}

/// How many times more random changes are wanted than by default.
pub fn effort() -> usize {
    let wanted = std::env::var("LUA_VM_MUTATIONS");
    wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Runs a function with a budget; what becomes of it does not matter.
pub fn spend<N: NumberModel>(lua: &mut Lua<'_, N>, function: &Stash) {
    let Ok(mut task) = lua.start(function, Variadic(vec![1, 2, 3])) else {
        return;
    };
    for _ in 0..SLICES {
        match task.run(lua, FUEL) {
            Ok(Progress::OutOfFuel | Progress::Yielded) => {}
            _ => break,
        }
    }
}

/// A state for programs of which nothing good is expected.
pub fn guarded<'rom, N: NumberModel>(
    images: &[Image<'rom, lfs_format::image::Verified>],
) -> Lua<'rom, N> {
    let config = GcConfig {
        limit: MEMORY,
        ..GcConfig::default()
    };
    let mut lua = Lua::<N>::with_images(config, images).unwrap();
    Output::default().attach(&mut lua);
    lua
}

/// Whether the image is accepted; then every module is run, twice with collections in between.
fn exercise<N: NumberModel>(words: &[u32], stress: bool) -> bool {
    let Ok(image) = Image::new(words).and_then(|image| image.verify()) else {
        return false;
    };
    if image.model() != image_model::<N>() {
        return false;
    }
    let names: Vec<Vec<u8>> = image
        .modules()
        .map(|(name, _)| name.bytes().to_vec())
        .collect();
    let mut lua = guarded::<N>(&[image]);
    lua.set_gc_stress(stress);
    for name in names {
        let function = lua.enter(|ctx| match ctx.image_module(&name) {
            Ok(Some(function)) => ctx.stash(function).ok(),
            _ => None,
        });
        if let Some(function) = function {
            spend(&mut lua, &function);
            lua.collect_garbage();
        }
    }
    true
}

fn golden<N: NumberModel>() -> Vec<(String, Vec<u32>)> {
    let mut found: Vec<_> = std::fs::read_dir(directory("lfs-format/tests/golden"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lfs"))
        .map(|path| {
            let words = words_from_bytes(&std::fs::read(&path).unwrap()).unwrap();
            (path.display().to_string(), words)
        })
        .collect();
    found.sort();
    found.retain(|(_, words)| verified(words).model() == image_model::<N>());
    assert!(found.len() >= 2);
    found
}

fn golden_images_with_any_word_changed<N: NumberModel>() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let (mut accepted, mut refused) = (0, 0);
    for (name, valid) in golden::<N>() {
        assert!(exercise::<N>(&valid, true), "{name}");
        for at in 0..valid.len() {
            let old = valid[at];
            let mut values: Vec<u32> = (0..32).map(|bit| old ^ 1 << bit).collect();
            values.extend([
                0,
                u32::MAX,
                old.wrapping_add(1),
                old.wrapping_sub(1),
                old.wrapping_add(4),
                0x7fff_ffff,
            ]);
            values.extend((0..8).map(|_| valid[random.below(valid.len())]));
            values.extend((0..8).map(|_| random.word()));
            for value in values {
                let mut words = valid.clone();
                words[at] = value;
                seal(&mut words);
                match exercise::<N>(&words, at % 2 == 0) {
                    true => accepted += 1,
                    false => refused += 1,
                }
            }
        }
        for _ in 0..2000 * effort() {
            let mut words = valid.clone();
            for _ in 0..2 + random.below(4) {
                change_bytes(&mut words, &mut random);
            }
            seal(&mut words);
            match exercise::<N>(&words, false) {
                true => accepted += 1,
                false => refused += 1,
            }
        }
    }
    println!(
        "{}: {accepted} changed golden images accepted, {refused} refused",
        N::NAME
    );
    assert!(accepted > 500 && refused > 500);
}

/// Overwrites one to eight bytes anywhere.
fn change_bytes(words: &mut [u32], random: &mut Random) {
    let start = random.below(words.len() * 4);
    for at in start..(start + 1 + random.below(8)).min(words.len() * 4) {
        let mut bytes = words[at / 4].to_le_bytes();
        bytes[at % 4] = match random.below(4) {
            0 => bytes[at % 4].wrapping_add(1),
            1 => bytes[at % 4] ^ 1 << random.below(8),
            2 => random.below(16) as u8,
            _ => random.word() as u8,
        };
        words[at / 4] = u32::from_le_bytes(bytes);
    }
}

/// Images of the programs that test the language, some without debug information.
fn real_images<N: NumberModel>() -> Vec<Vec<u32>> {
    let chosen = [
        "closures",
        "coroutine_yield",
        "goto",
        "loops",
        "meta_arith",
        "meta_call_concat_len",
        "meta_index",
        "prog_data",
        "prog_interp",
        "varargs",
        "constructors",
        "pcall_error",
        "errors_names",
        "debug_lib",
        "assignment",
    ];
    let mut images = Vec::new();
    for (file, source) in programs("tests-lua") {
        let name = file.trim_end_matches(".lua");
        if !chosen.contains(&name) {
            continue;
        }
        let mut writer = ImageWriter::new(image_model::<N>());
        if images.len() % 3 == 2 {
            writer.set_strip(StripLevel::All);
        }
        let main = compile::<N, _>(
            &source,
            format!("@{file}").as_bytes(),
            &mut writer,
            &Limits::SCRIPT,
        );
        writer.add_module(name.as_bytes(), main.unwrap()).unwrap();
        images.push(writer.finish(&BuildInfo { time: 0 }).unwrap());
    }
    assert_eq!(images.len(), chosen.len());
    images
}

fn real_programs_with_random_changes<N: NumberModel>() {
    let mut random = Random(0xFEDC_BA98_7654_3211);
    let mut accepted = 0;
    for valid in real_images::<N>() {
        for round in 0..300 * effort() {
            let mut words = valid.clone();
            for _ in 0..1 + random.below(3) {
                change_bytes(&mut words, &mut random);
            }
            seal(&mut words);
            accepted += usize::from(exercise::<N>(&words, round % 4 == 0));
        }
    }
    println!(
        "{}: {accepted} programs with changed bytes accepted",
        N::NAME
    );
    assert!(accepted > 50);
}

/// Changes an instruction: its opcode, one operand, or all of it.
fn change_instruction(word: u32, other: u32, random: &mut Random) -> u32 {
    let mut bytes = word.to_le_bytes();
    match random.below(8) {
        0 => bytes[0] = random.below(OP_COUNT) as u8,
        1 => return other,
        2 => return Instruction(random.word()).0,
        field => {
            let at = 1 + field % 3;
            bytes[at] = match random.below(4) {
                0 => bytes[at].wrapping_add(1),
                1 => bytes[at].wrapping_sub(1),
                2 => random.below(8) as u8,
                _ => random.word() as u8,
            };
        }
    }
    u32::from_le_bytes(bytes)
}

fn real_programs_with_changed_instructions<N: NumberModel>() {
    let mut random = Random(0x0F1E_2D3C_4B5A_6979);
    let mut accepted = 0;
    for valid in real_images::<N>() {
        let image = verified(&valid);
        let ranges: Vec<(usize, usize)> = image
            .functions()
            .map(|function| (function.code_at(), function.code().len()))
            .collect();
        for round in 0..500 * effort() {
            let mut words = valid.clone();
            for _ in 0..1 + random.below(3) {
                let (start, length) = ranges[random.below(ranges.len())];
                let (at, other) = (start + random.below(length), start + random.below(length));
                let changed = change_instruction(words[at], valid[other], &mut random);
                words[at] = changed;
            }
            seal(&mut words);
            accepted += usize::from(exercise::<N>(&words, round % 4 == 0));
        }
    }
    println!(
        "{}: {accepted} programs with changed instructions accepted",
        N::NAME
    );
    assert!(accepted > 1000);
}

/// The same through `load`, which copies what it accepts to the heap.
fn changed_chunks_load_or_are_refused<N: NumberModel>() {
    let mut random = Random(0x1357_9BDF_0246_8ACF);
    let mut accepted = 0;
    let source = "local a, b = ...
        local function f(x, ...) local t = {x, ..., key = 'value', [2.5] = a} return t, #t, x and f end
        for i = 1, 3 do a = a + i * 2 .. '' b = {f(i, a)} end
        local g = function() a = a .. 'x' return a end
        for k, v in pairs(b) do if v == 3 then break end end
        return g(), f(1, 2, 3)";
    let valid = image::<N>(&[("chunk", source)]);
    for round in 0..4000 * effort() {
        let mut words = valid.clone();
        for _ in 0..1 + random.below(2) {
            if round % 2 == 0 {
                change_bytes(&mut words, &mut random);
            } else {
                let (at, other) = (random.below(words.len()), random.below(words.len()));
                words[at] = change_instruction(words[at], valid[other], &mut random);
            }
        }
        seal(&mut words);
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        if round % 7 == 0 {
            bytes.truncate(random.below(bytes.len()));
        }
        let mut lua = guarded::<N>(&[]);
        lua.set_gc_stress(round % 3 == 0);
        let function = lua.enter(
            |ctx| match ctx.load_chunk(&bytes, b"=chunk", Mode::BOTH, None) {
                Ok(function) => ctx.stash(function).ok(),
                Err(_) => None,
            },
        );
        if let Some(function) = function {
            accepted += 1;
            spend(&mut lua, &function);
        }
    }
    println!("{}: {accepted} changed chunks accepted", N::NAME);
    assert!(accepted > 100);
}
