//! Writing images and reading them back.
#![allow(clippy::unwrap_used)]

mod support;

use lfs_format::error::ErrorKind;
use lfs_format::function::{
    FunctionParts, FunctionRef, FunctionView, LayoutError, LocalVar, Sink, StringRef, StripLevel,
    UpvalueDesc, encode, layout,
};
use lfs_format::image::{Image, Verified, aligned_words, words_from_bytes};
use lfs_format::inspect::{Detail, Listing, Weights};
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};
use proptest::prelude::*;
use support::{add_sample, main_code, sample};

fn open(words: &[u32]) -> Image<'_, Verified> {
    Image::new(words).unwrap().verify().unwrap()
}

fn text<'a>(image: &Image<'a, Verified>, function: &FunctionView<'a>, slot: i64) -> &'a [u8] {
    image.string(function, slot).unwrap().bytes()
}

#[test]
fn functions_are_read_back() {
    for (model, integer, float) in [
        (Model::Num32, 0x7fff_ffff, u64::from(0.5f32.to_bits())),
        (Model::Num64, i64::MAX as u64, 0.5f64.to_bits()),
    ] {
        let words = sample(model, StripLevel::None);
        let image = open(&words);
        let main = image.function_at(image.module(b"sample").unwrap()).unwrap();
        assert_eq!(main.code(), main_code());
        assert_eq!(
            (main.number(0), main.number(1)),
            (Some(integer), Some(float))
        );
        assert_eq!(main.number(2), None);
        assert_eq!(text(&image, &main, main.string_slot(0).unwrap()), b"print");
        assert_eq!(
            text(&image, &main, main.string_slot(1).unwrap()),
            support::LONG
        );
        let child = image.child(&main, 0).unwrap();
        assert_eq!((child.params(), child.frame_size()), (1, 3));
        let desc = child.upvalue(0).unwrap();
        assert_eq!((desc.in_stack, desc.index), (true, 0));

        let debug = main.debug().unwrap();
        assert_eq!(text(&image, &main, debug.source().unwrap()), b"@sample.lua");
        assert_eq!(debug.line_at(0), Some(1));
        assert_eq!(debug.line_at(11), Some(20));
        assert_eq!(debug.line_at(14), Some(10));
        assert_eq!(debug.line_at(15), None);
        let name = |register, pc| {
            debug
                .local_name_at(register, pc)
                .map(|slot| text(&image, &main, slot))
        };
        assert_eq!(name(0, 0), None);
        assert_eq!(name(0, 1), Some(&b"count"[..]));
        assert_eq!(name(1, 2), Some(&b"x"[..]));
        assert_eq!(name(2, 8), Some(&b"count"[..]));
        assert_eq!(name(2, 9), None);
        let upvalue = debug.upvalue_name(0).unwrap();
        assert_eq!(text(&image, &main, upvalue), b"_ENV");
        let debug = child.debug().unwrap();
        assert_eq!((debug.line_defined(), debug.last_line_defined()), (2, 4));
    }
}

#[test]
fn strip_levels_keep_what_they_say() {
    let words = sample(Model::Num32, StripLevel::Names);
    let image = open(&words);
    let main = image.function_at(image.module(b"sample").unwrap()).unwrap();
    let debug = main.debug().unwrap();
    assert_eq!(debug.line_at(14), Some(10));
    assert!(debug.source().is_some());
    assert_eq!(debug.locals().count(), 0);
    assert_eq!(debug.upvalue_name(0), None);
    let known = |text: &[u8]| image.strings().find(rostrings::hash(text), text).is_some();
    assert!(known(b"print"));
    assert!(!known(b"count"), "a stripped name takes no room");

    let words = sample(Model::Num32, StripLevel::All);
    let image = open(&words);
    assert!(image.functions().all(|function| function.debug().is_none()));
}

#[test]
fn modules_are_found_and_listed_in_order() {
    let mut writer = ImageWriter::new(Model::Num32);
    let main = add_sample(&mut writer, Model::Num32);
    let long = "long.".repeat(51);
    let mut names: Vec<String> = (0..500).map(|i| format!("app.module_{i}")).collect();
    names.push(long);
    for name in &names {
        writer.add_module(name.as_bytes(), main).unwrap();
    }
    let words = writer.finish(&BuildInfo::default()).unwrap();
    let image = open(&words);
    names.sort();
    let listed: Vec<_> = image
        .modules()
        .map(|(name, _)| String::from_utf8(name.bytes().to_vec()).unwrap())
        .collect();
    assert_eq!(listed, names);
    let main = image.modules().next().unwrap().1;
    for name in &names {
        assert_eq!(image.module(name.as_bytes()), Some(main));
    }
    for absent in ["", "app.module_", "app.module_500", "long."] {
        assert_eq!(image.module(absent.as_bytes()), None);
    }
}

#[test]
fn resources_are_found_and_read_in_parts() {
    let mut writer = ImageWriter::new(Model::Num32);
    let blobs: Vec<(String, Vec<u8>)> = (0..40)
        .map(|i| (format!("file{i}"), (0..i * 7).map(|b| b as u8).collect()))
        .collect();
    for (name, bytes) in &blobs {
        writer.add_resource(name.as_bytes(), bytes).unwrap();
    }
    let words = writer.finish(&BuildInfo::default()).unwrap();
    let image = open(&words);
    assert_eq!(image.resources().count(), 40);
    for (name, bytes) in &blobs {
        let resource = image.resource(name.as_bytes()).unwrap();
        assert_eq!(resource.bytes(), bytes);
        for start in 0..bytes.len() + 2 {
            let mut part = [0xAA; 9];
            let read = resource.read(start, &mut part);
            let expected = bytes.get(start..).unwrap_or_default();
            assert_eq!(part[..read], expected[..expected.len().min(9)]);
        }
    }
    assert!(image.resource(b"file").is_none());
    assert!(image.resource(b"file40").is_none());
}

#[test]
fn builds_repeat_and_the_id_leaves_time_out() {
    let words = sample(Model::Num32, StripLevel::None);
    assert_eq!(words, sample(Model::Num32, StripLevel::None));
    let build = |time| {
        let mut writer = ImageWriter::new(Model::Num32);
        let main = add_sample(&mut writer, Model::Num32);
        writer.add_module(b"m", main).unwrap();
        writer.finish(&BuildInfo { time }).unwrap()
    };
    let (first, second) = (build(1), build(u64::MAX));
    assert_ne!(first, second);
    assert_eq!(open(&first).build_id(), open(&second).build_id());
    assert_eq!(open(&second).build_time(), u64::MAX);
    assert_ne!(open(&first).build_id(), open(&words).build_id());
}

#[test]
fn writer_refuses_what_makes_no_image() {
    let mut writer = ImageWriter::new(Model::Num32);
    let main = add_sample(&mut writer, Model::Num32);
    writer.add_module(b"m", main).unwrap();
    assert_eq!(
        writer.add_module(b"m", main),
        Err(WriteError::DuplicateModule)
    );
    assert_eq!(writer.add_module(b"", main), Err(WriteError::NameLength));
    assert_eq!(
        writer.add_resource(&[b'x'; 256], b""),
        Err(WriteError::NameLength)
    );
    writer.add_resource(b"r", b"").unwrap();
    assert_eq!(
        writer.add_resource(b"r", b"1"),
        Err(WriteError::DuplicateResource)
    );
    let child = writer
        .function(&FunctionParts {
            code: &[support::abc(lfs_format::isa::Op::Return0, 0, 0, 0)],
            ..FunctionParts::default()
        })
        .unwrap();
    assert_eq!(writer.add_module(b"n", child), Err(WriteError::NotMain));

    let mut other = ImageWriter::new(Model::Num32);
    assert_eq!(other.add_module(b"m", main), Err(WriteError::ForeignHandle));
    other
        .function(&FunctionParts {
            code: &[0xff],
            ..FunctionParts::default()
        })
        .unwrap();
    let Err(WriteError::Invalid(error)) = other.finish(&BuildInfo::default()) else {
        panic!("an unknown opcode was accepted");
    };
    assert_eq!(error.kind, ErrorKind::Opcode);
}

#[test]
fn limit_is_kept_to_the_byte() {
    let needed = sample(Model::Num32, StripLevel::None).len() * 4;
    let build = |limit| {
        let mut writer = ImageWriter::new(Model::Num32);
        writer.set_limit(limit);
        let main = add_sample(&mut writer, Model::Num32);
        writer.add_module(b"sample", main)?;
        writer.add_module(b"alias", main)?;
        writer.add_resource(b"web/index.html", b"<p>hello")?;
        writer.add_resource(b"cert", b"12345")?;
        writer.add_string(b"dummy")?;
        writer.finish(&BuildInfo::default())
    };
    assert_eq!(build(needed).unwrap().len() * 4, needed);
    assert_eq!(
        build(needed - 1),
        Err(WriteError::TooLarge {
            needed,
            limit: needed - 1
        })
    );
}

#[test]
fn extra_strings_are_in_the_table() {
    let words = sample(Model::Num32, StripLevel::None);
    let strings = open(&words).strings();
    assert!(strings.find(rostrings::hash(b"dummy"), b"dummy").is_some());
    assert!(
        strings
            .find(rostrings::hash(b"absent"), b"absent")
            .is_none()
    );
}

#[test]
#[allow(unsafe_code)]
fn images_verified_before_are_mounted_by_their_id() {
    let words = sample(Model::Num32, StripLevel::None);
    let id = open(&words).build_id();
    let image = Image::new(&words).unwrap();
    // SAFETY: `open` has just verified these words.
    let mounted = unsafe { image.assume_verified(id) }.unwrap();
    assert!(mounted.module(b"sample").is_some());
    // SAFETY: as above; the id is another, so the claim is refused.
    let refused = unsafe { image.assume_verified(id ^ 1) };
    assert_eq!(refused.unwrap_err().kind, ErrorKind::BuildId);
}

#[test]
fn bytes_of_any_alignment_become_words() {
    let words = sample(Model::Num32, StripLevel::None);
    let mut bytes = vec![0];
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend([1, 2, 3]);
    assert_eq!(words_from_bytes(&bytes[1..]).unwrap(), words);
    // Of four neighbouring starts one is aligned.
    let aligned = (0..4).filter(|start| aligned_words(&bytes[*start..]).is_some());
    assert_eq!(aligned.count(), 1);
}

#[test]
fn weights_add_up_to_the_file() {
    for strip in [StripLevel::None, StripLevel::Names, StripLevel::All] {
        for model in [Model::Num32, Model::Num64] {
            let words = sample(model, strip);
            let weights = Weights::of(&open(&words));
            assert_eq!(weights.total() as usize, words.len() * 4);
            assert_eq!(weights.code as usize, (main_code().len() + 3) * 4);
            assert_eq!(weights.resources, 13);
            assert_eq!(weights.variables == 0, strip != StripLevel::None);
            assert_eq!(weights.lines == 0, strip == StripLevel::All);
        }
    }
}

#[test]
fn listing_shows_the_function() {
    let words = sample(Model::Num32, StripLevel::None);
    let image = open(&words);
    let main = image.function(1).unwrap();
    let listing = Listing::new(image, main, Detail::Full).to_string();
    for line in [
        "main <sample.lua:0,0> (15 instructions,",
        "0+ params, 8 slots, 1 upvalue, 3 locals, 2 numbers, 2 strings, 1 function, needs close",
        "\t1\t[1]\tLOADI      0 -3\n",
        "\t3\t[5]\tGETTABUP   2 0 0\t; _ENV \"print\"\n",
        "\t5\t[5]\tLOADKI     4 0\t; 2147483647\n",
        "\t11\t[8]\tJMP        2\t; to 14\n",
        "numbers (2)\n\t0\t0x7fffffff\t2147483647\tNaN\n\t1\t0x3f000000\t1056964608\t0.5\n",
        "strings (2)\n\t0\t\"print\"\n",
        "locals (3)\n\t0\tcount\t2\t16\n\t1\tx\t3\t16\n",
        "upvalues (1)\n\t0\t_ENV\t0\t0",
    ] {
        assert!(listing.contains(line), "{line:?} is not in:\n{listing}");
    }
}

#[test]
fn oversized_parts_are_refused() {
    let many = vec![StringRef(0); 0x1_0000];
    let parts = FunctionParts {
        strings: &many,
        ..FunctionParts::default()
    };
    assert_eq!(
        layout(&parts, 1, StripLevel::None),
        Err(LayoutError::References)
    );
    let upvalues = [UpvalueDesc {
        in_stack: false,
        index: 0,
    }; 256];
    let parts = FunctionParts {
        upvalues: &upvalues,
        ..FunctionParts::default()
    };
    assert_eq!(
        layout(&parts, 1, StripLevel::None),
        Err(LayoutError::Upvalues)
    );
    let parts = FunctionParts {
        code: &[0, 0],
        lines: &[1],
        ..FunctionParts::default()
    };
    assert_eq!(layout(&parts, 1, StripLevel::None), Err(LayoutError::Lines));
}

#[test]
fn debug_information_beyond_its_limits_is_reduced() {
    let locals: Vec<_> = (0..0x1_0000)
        .map(|name| LocalVar {
            name: StringRef(name),
            start: 0,
            end: 1,
        })
        .collect();
    let parts = FunctionParts {
        locals: &locals,
        ..FunctionParts::default()
    };
    let layout = layout(&parts, 1, StripLevel::None).unwrap();
    assert_eq!(layout.strip, StripLevel::Names);
    assert!(layout.debug > 0);
}

#[derive(Clone, Debug)]
struct Owned {
    code: Vec<u32>,
    numbers: Vec<u64>,
    strings: Vec<u32>,
    children: Vec<u32>,
    upvalues: Vec<(bool, u8)>,
    names: Vec<Option<u32>>,
    lines: Vec<u32>,
    locals: Vec<(u32, u32, u32)>,
    source: Option<u32>,
    head: (u8, u8, u8, u32, u32),
}

fn owned() -> impl Strategy<Value = Owned> {
    let words = |most| prop::collection::vec(any::<u32>(), 0..most);
    let name = 0u32..50;
    (
        (words(20), prop::collection::vec(any::<u64>(), 0..5)),
        (words(5), words(4)),
        prop::collection::vec((any::<bool>(), any::<u8>()), 0..6),
        prop::collection::vec(prop::option::of(name.clone()), 6),
        (words(20), any::<bool>()),
        prop::collection::vec((name.clone(), any::<u32>(), any::<u32>()), 0..60),
        prop::option::of(name),
        any::<(u8, u8, u8, u32, u32)>(),
    )
        .prop_map(
            |(
                (code, numbers),
                (strings, children),
                upvalues,
                names,
                lines,
                locals,
                source,
                head,
            )| {
                let mut names = names;
                names.truncate(upvalues.len());
                let (mut lines, with_lines) = lines;
                lines.resize(if with_lines { code.len() } else { 0 }, 7);
                Owned {
                    code,
                    numbers,
                    strings,
                    children,
                    upvalues,
                    names,
                    lines,
                    locals,
                    source,
                    head,
                }
            },
        )
}

proptest! {
    /// Records of either slot width say what was put in, also those of Num32 with slots of two words.
    #[test]
    fn records_survive(owned in owned(), slot_words in 1u32..3) {
        let string = |name: u32| StringRef(name as usize);
        let strings: Vec<_> = owned.strings.iter().map(|name| string(*name)).collect();
        let children: Vec<_> = owned.children.iter().map(|child| FunctionRef(*child as usize)).collect();
        let names: Vec<_> = owned.names.iter().map(|name| name.map(string)).collect();
        let upvalues: Vec<_> = owned
            .upvalues
            .iter()
            .map(|(in_stack, index)| UpvalueDesc { in_stack: *in_stack, index: *index })
            .collect();
        let locals: Vec<_> = owned
            .locals
            .iter()
            .map(|(name, start, end)| LocalVar { name: string(*name), start: *start, end: *end })
            .collect();
        let (frame_size, params, function_flags, line_defined, last_line_defined) = owned.head;
        let parts = FunctionParts {
            code: &owned.code,
            numbers: &owned.numbers,
            strings: &strings,
            children: &children,
            upvalues: &upvalues,
            upvalue_names: &names,
            frame_size,
            params,
            flags: function_flags,
            source: owned.source.map(string),
            line_defined,
            last_line_defined,
            lines: &owned.lines,
            locals: &locals,
        };
        let layout = layout(&parts, slot_words, StripLevel::None).unwrap();
        let mut words = vec![0; 3 + (layout.total + layout.debug) as usize];
        words[3] = 0x8000;
        let (record, debug) = words[3..].split_at_mut(layout.total as usize);
        // Slots that no name has: names are 0..50, and 0 means none.
        let slot = |name: u32| (u64::from(name) + 1) * 4;
        encode(
            &parts, &layout, record, debug, layout.total as i32,
            &mut |name| slot(name.0 as u32),
            &mut |child| child.0 as u64 * 4 + 2,
        ).unwrap();

        let view = FunctionView::new(&words, 3, slot_words).unwrap();
        prop_assert_eq!(view.words(), layout.total);
        prop_assert_eq!(view.header(), 0x8003 | u32::from(function_flags) << 16);
        prop_assert_eq!((view.frame_size(), view.params()), (frame_size, params));
        prop_assert_eq!(view.code(), &owned.code);
        let wide = |bits: u64| if slot_words == 1 { i64::from(bits as i32) } else { bits as i64 };
        let numbers: Vec<_> = (0..view.numbers()).filter_map(|i| view.number(i)).collect();
        let expected: Vec<_> = owned.numbers.iter().map(|bits| {
            if slot_words == 1 { *bits & 0xffff_ffff } else { *bits }
        }).collect();
        prop_assert_eq!(numbers, expected);
        for (i, name) in owned.strings.iter().enumerate() {
            prop_assert_eq!(view.string_slot(i as u32), Some(wide(slot(*name))));
        }
        for (i, child) in owned.children.iter().enumerate() {
            prop_assert_eq!(view.child_slot(i as u32), Some(wide(u64::from(*child) * 4 + 2)));
        }
        for (i, desc) in upvalues.iter().enumerate() {
            prop_assert_eq!(view.upvalue(i as u32), Some(*desc));
        }
        let debug = view.debug().unwrap();
        prop_assert_eq!(debug.source(), owned.source.map(|name| slot(name) as i64));
        prop_assert_eq!((debug.line_defined(), debug.last_line_defined()), (line_defined, last_line_defined));
        let read: Vec<_> = debug.locals().collect();
        let expected: Vec<_> = locals.iter().map(|local| LocalVar {
            name: slot(local.name.0 as u32) as i64, start: local.start, end: local.end,
        }).collect();
        prop_assert_eq!(read, expected);
        for (i, name) in owned.names.iter().enumerate() {
            prop_assert_eq!(debug.upvalue_name(i as u32), name.map(|name| slot(name) as i64));
        }
        for pc in 0..owned.code.len() {
            prop_assert_eq!(debug.line_at(pc as u32), owned.lines.get(pc).copied());
        }
    }
}
