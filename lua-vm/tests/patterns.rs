//! Patterns against the reference implementation's results, and against a matcher too simple to be wrong.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lua_vm::text::pattern::{
    Capture, Matcher, PatternError, find_plain, has_specials, split_anchor,
};
use proptest::prelude::*;
use std::ops::Range;

type Found = Result<Option<(Range<usize>, Vec<Capture>)>, PatternError>;

fn find(source: &[u8], pattern: &[u8], init: usize) -> Found {
    if !has_specials(pattern) {
        let found = find_plain(source, pattern, init);
        return Ok(found.map(|start| (start..start + pattern.len(), Vec::new())));
    }
    let (anchored, pattern) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, pattern);
    let found = if anchored {
        matcher.match_at(init)?.map(|end| init..end)
    } else {
        matcher.search(init, None)?
    };
    let Some(whole) = found else { return Ok(None) };
    let captures: Result<_, _> = (0..matcher.capture_count())
        .map(|index| matcher.capture(index, whole.clone()))
        .collect();
    Ok(Some((whole, captures?)))
}

/// `gsub(source, pattern, "<%0>")`.
fn mark(source: &[u8], pattern: &[u8]) -> Result<Vec<u8>, PatternError> {
    let (anchored, pattern) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, pattern);
    let (mut out, mut from, mut last_end) = (Vec::new(), 0, None);
    loop {
        let found = if anchored {
            matcher.match_at(from)?.map(|end| from..end)
        } else {
            matcher.search(from, last_end)?
        };
        let Some(found) = found else { break };
        out.extend(&source[from..found.start]);
        out.push(b'<');
        out.extend(&source[found.clone()]);
        out.push(b'>');
        from = found.end;
        last_end = Some(from);
        if anchored {
            break;
        }
    }
    out.extend(&source[from..]);
    Ok(out)
}

fn show(source: &[u8], result: Found) -> String {
    match result {
        Err(error) => format!("!{error}"),
        Ok(None) => "nil".into(),
        Ok(Some((range, captures))) => {
            let mut out = format!("{}..{}", range.start + 1, range.end);
            for capture in captures {
                match capture {
                    Capture::Text(range) => {
                        out += "\t=";
                        out += &String::from_utf8_lossy(&source[range]);
                    }
                    Capture::Position(position) => out += &format!("\t@{position}"),
                }
            }
            out
        }
    }
}

/// Lines of: source, pattern, init, `gsub(source, pattern, "<%0>")`, results of `find`.
#[test]
fn reference_results() {
    let table = std::env::var("PATTERN_TABLE").map_or_else(
        |_| include_str!("tables/patterns.txt").to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    );
    let mut lines = 0;
    for line in table.lines() {
        let mut fields = line.splitn(5, '\t');
        let mut field = || fields.next().unwrap();
        let (source, pattern, init, marked, found) = (field(), field(), field(), field(), field());
        let (source, pattern) = (source.as_bytes(), pattern.as_bytes());
        let init: usize = init.parse().unwrap();
        assert_eq!(
            show(source, find(source, pattern, init - 1)),
            found,
            "{line}"
        );
        let own = mark(source, pattern).map_or_else(
            |error| error.to_string(),
            |out| String::from_utf8(out).unwrap(),
        );
        assert_eq!(own, marked, "{line}");
        lines += 1;
    }
    assert!(lines > 1000);
}

/// A pattern as a tree, for a matcher that tries everything by recursion.
#[derive(Clone, Debug)]
enum Node {
    Byte(u8),
    Any,
    Digit,
    NotSpace,
    OneOf(Vec<u8>, bool),
    Repeat(Box<Node>, char),
    Group(Vec<Node>),
    Here,
    End,
}

impl Node {
    fn text(&self, out: &mut Vec<u8>) {
        match self {
            Node::Byte(byte) => out.push(*byte),
            Node::Any => out.push(b'.'),
            Node::Digit => out.extend(b"%d"),
            Node::NotSpace => out.extend(b"%S"),
            Node::OneOf(bytes, negated) => {
                out.push(b'[');
                if *negated {
                    out.push(b'^');
                }
                out.extend(bytes);
                out.push(b']');
            }
            Node::Repeat(node, suffix) => {
                node.text(out);
                out.push(*suffix as u8);
            }
            Node::Group(nodes) => {
                out.push(b'(');
                nodes.iter().for_each(|node| node.text(out));
                out.push(b')');
            }
            Node::Here => out.extend(b"()"),
            Node::End => out.push(b'$'),
        }
    }

    fn matches(&self, byte: u8) -> bool {
        match self {
            Node::Byte(own) => *own == byte,
            Node::Digit => byte.is_ascii_digit(),
            Node::NotSpace => byte != b' ',
            Node::OneOf(bytes, negated) => bytes.contains(&byte) != *negated,
            _ => true,
        }
    }
}

/// A step of the flattened tree.
#[derive(Clone, Debug)]
enum Naive {
    Single(Node),
    Repeat(Node, char),
    Open,
    Close(usize),
    Here,
    End,
}

fn flatten(nodes: &[Node], captures: &mut usize, out: &mut Vec<Naive>) {
    for node in nodes {
        match node {
            Node::Repeat(node, suffix) => out.push(Naive::Repeat((**node).clone(), *suffix)),
            Node::Group(nodes) if nodes.is_empty() => {
                *captures += 1;
                out.push(Naive::Here);
            }
            Node::Group(nodes) => {
                let index = *captures;
                *captures += 1;
                out.push(Naive::Open);
                flatten(nodes, captures, out);
                out.push(Naive::Close(index));
            }
            Node::Here => {
                *captures += 1;
                out.push(Naive::Here);
            }
            Node::End => out.push(Naive::End),
            single => out.push(Naive::Single(single.clone())),
        }
    }
}

fn naive(
    steps: &[Naive],
    source: &[u8],
    at: usize,
    captures: &[Capture],
) -> Option<(usize, Vec<Capture>)> {
    let Some((step, rest)) = steps.split_first() else {
        return Some((at, captures.to_vec()));
    };
    let with = |capture: Capture| [captures, &[capture]].concat();
    match step {
        Naive::Single(node) => {
            let byte = *source.get(at)?;
            node.matches(byte)
                .then(|| naive(rest, source, at + 1, captures))?
        }
        Naive::Repeat(node, suffix) => {
            let span = source[at..]
                .iter()
                .take_while(|&&byte| node.matches(byte))
                .count();
            let counts: Vec<usize> = match suffix {
                '*' => (0..=span).rev().collect(),
                '+' => (1..=span).rev().collect(),
                '-' => (0..=span).collect(),
                _ => (0..=span.min(1)).rev().collect(),
            };
            counts
                .into_iter()
                .find_map(|count| naive(rest, source, at + count, captures))
        }
        Naive::Open => naive(rest, source, at, &with(Capture::Text(at..at))),
        Naive::Close(index) => {
            let mut captures = captures.to_vec();
            if let Capture::Text(range) = &mut captures[*index] {
                range.end = at;
            }
            naive(rest, source, at, &captures)
        }
        Naive::Here => naive(rest, source, at, &with(Capture::Position(at + 1))),
        Naive::End => (at == source.len()).then(|| naive(rest, source, at, captures))?,
    }
}

fn node() -> impl Strategy<Value = Node> {
    let single = prop_oneof![
        4 => proptest::sample::select(b"abc1 ".to_vec()).prop_map(Node::Byte),
        1 => Just(Node::Any),
        1 => Just(Node::Digit),
        1 => Just(Node::NotSpace),
        1 => (proptest::collection::vec(proptest::sample::select(b"ab1 ".to_vec()), 1..3), any::<bool>())
            .prop_map(|(bytes, negated)| Node::OneOf(bytes, negated)),
    ];
    let item = prop_oneof![
        3 => single.clone(),
        3 => (single, proptest::sample::select(vec!['*', '+', '-', '?']))
            .prop_map(|(node, suffix)| Node::Repeat(Box::new(node), suffix)),
        1 => Just(Node::Here),
    ];
    item.prop_recursive(2, 8, 3, |inner| {
        proptest::collection::vec(inner, 0..3).prop_map(Node::Group)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_a_naive_matcher(
        mut nodes in proptest::collection::vec(node(), 0..5),
        end: bool,
        source in proptest::collection::vec(proptest::sample::select(b"aabbc1 ".to_vec()), 0..14),
    ) {
        if end {
            nodes.push(Node::End);
        }
        let mut pattern = Vec::new();
        nodes.iter().for_each(|node| node.text(&mut pattern));
        let (mut steps, mut count) = (Vec::new(), 0);
        flatten(&nodes, &mut count, &mut steps);
        let expected = (0..=source.len()).find_map(|start| {
            let (end, captures) = naive(&steps, &source, start, &[])?;
            Some((start..end, captures))
        });
        let mut matcher = Matcher::new(&source, &pattern);
        let found = matcher.search(0, None).unwrap();
        let own = found.map(|whole| {
            let captures = (0..matcher.capture_count()).map(|index| matcher.capture(index, whole.clone()).unwrap()).collect();
            (whole, captures)
        });
        prop_assert_eq!(own, expected, "{}", String::from_utf8_lossy(&pattern));
    }

    #[test]
    fn any_pattern_is_matched_without_panic(
        source: Vec<u8>,
        pattern in proptest::collection::vec(prop_oneof![
            3 => proptest::sample::select(b"%%%()[]^$.*+-?abfz019".to_vec()),
            1 => any::<u8>(),
        ], 0..20),
        init: u16,
    ) {
        let init = usize::from(init) % (source.len() + 2);
        let mut matcher = Matcher::new(&source, &pattern);
        if let Ok(Some(whole)) = matcher.search(init, None) {
            prop_assert!(whole.start <= whole.end && whole.end <= source.len());
            for index in 0..=matcher.capture_count() {
                if let Ok(Capture::Text(range)) = matcher.capture(index, whole.clone()) {
                    prop_assert!(range.start <= range.end && range.end <= source.len());
                }
            }
        }
    }
}

#[test]
fn errors_have_the_reference_texts() {
    for (pattern, expected) in [
        (&b"%"[..], "malformed pattern (ends with '%')"),
        (b"[a", "malformed pattern (missing ']')"),
        (b"[]", "malformed pattern (missing ']')"),
        (b"[^", "malformed pattern (missing ']')"),
        (b"[a%", "malformed pattern (missing ']')"),
        (b"[a-%", "malformed pattern (missing ']')"),
        (b"%f", "missing '[' after '%f' in pattern"),
        (b"%bx", "malformed pattern (missing arguments to '%b')"),
        (b"%1", "invalid capture index %1"),
        (b"%0", "invalid capture index %0"),
        (b"(a%1)", "invalid capture index %1"),
        (b"(a)%2", "invalid capture index %2"),
        (b"(a", "unfinished capture"),
        (b".)", "invalid pattern capture"),
        (&b"()".repeat(33), "too many captures"),
    ] {
        assert_eq!(
            show(b"abc", find(b"abc", pattern, 0)),
            format!("!{expected}")
        );
    }
}

/// The limit of the reference implementation on hosts; small targets give up earlier.
#[test]
#[cfg(target_pointer_width = "64")]
fn nested_choices_are_limited() {
    let source = b"a".repeat(200);
    let error = find(&source, &b".?".repeat(200), 0).unwrap_err();
    assert_eq!(error.to_string(), "pattern too complex");
    assert_eq!(
        find(&source, &b".?".repeat(199), 0),
        Ok(Some((0..199, Vec::new())))
    );
}

#[test]
fn long_sources_need_no_more_stack() {
    let source = b"a".repeat(300_000);
    assert_eq!(
        find(&source, b"^a*.?$", 0),
        Ok(Some((0..300_000, Vec::new())))
    );
    assert_eq!(
        find(&source, b"^a-.?$", 0),
        Ok(Some((0..300_000, Vec::new())))
    );
    assert_eq!(find(&source, b"^a*.?b$", 0), Ok(None));
}
