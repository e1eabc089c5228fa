//! Proof by disassembly that code which reads images loads whole words: the ESP8266 faults on less from mapped flash.
//!
//! [`discipline`](super::discipline) watches programs while they run; this looks at every instruction, run or not.

use super::loads::{self, Site};
use crate::programs;
use crate::shell::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The functions, and the loads they are allowed.
const LIST: &str = "xtask/WHOLE_WORDS";

/// A line of the list.
#[derive(Debug)]
struct Rule {
    path: String,
    /// Lines of source that may load less than a word.
    allowed: usize,
}

/// What was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Summary {
    functions: usize,
    loads: usize,
    partial: usize,
}

impl Rule {
    fn parse(path: &str, rest: &str) -> Result<Self, Failure> {
        let (number, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let allowed = number.parse().ok().filter(|_| !reason.trim().is_empty());
        let allowed = allowed.ok_or_else(|| {
            Failure::new(
                format!("{LIST}: {path} {rest}"),
                "A line is a path, a number, and a reason.",
            )
        })?;
        Ok(Rule {
            path: path.to_owned(),
            allowed,
        })
    }

    fn covers(&self, function: &str) -> bool {
        let rest = function.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// What is wrong with the loads under one rule.
fn complaint(rule: &Rule, sites: &[&Site]) -> Option<String> {
    // An exception may be of no use in one of several firmwares.
    if sites.is_empty() && rule.allowed == 0 {
        let path = &rule.path;
        return Some(format!(
            "{path}: no function of this path loads anything. Renamed, or gone? Mend the line in {LIST}."
        ));
    }
    let partial: Vec<&&Site> = sites.iter().filter(|site| site.load.partial).collect();
    let lines: BTreeSet<&str> = partial.iter().map(|site| site.place.as_str()).collect();
    if lines.len() <= rule.allowed {
        return None;
    }
    let mut text = format!(
        "{}: {} lines load less than a word, {} may:",
        rule.path,
        lines.len(),
        rule.allowed
    );
    for site in partial {
        let Site {
            load,
            function,
            place,
        } = site;
        text += &format!(
            "\n  {:#x} {}  in {function}, {place}",
            load.address, load.instruction
        );
    }
    Some(text)
}

/// Judges the loads of a firmware.
fn judge(sites: &[Site], rules: &[Rule]) -> Result<Summary, String> {
    let mut under: BTreeMap<usize, Vec<&Site>> = BTreeMap::new();
    for site in sites {
        let fitting = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.covers(&site.function));
        if let Some((index, _)) = fitting.max_by_key(|(_, rule)| rule.path.len()) {
            under.entry(index).or_default().push(site);
        }
    }
    let complaints: Vec<String> = rules
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| complaint(rule, under.get(&index).map_or(&[], Vec::as_slice)))
        .collect();
    if !complaints.is_empty() {
        return Err(complaints.join("\n"));
    }
    let checked = || under.values().flatten();
    let functions: BTreeSet<&str> = checked().map(|site| site.function.as_str()).collect();
    Ok(Summary {
        functions: functions.len(),
        loads: checked().count(),
        partial: checked().filter(|site| site.load.partial).count(),
    })
}

/// Fails if code that reads images could load less than a word from them.
pub fn check(elf: &Path) -> Result<(), Failure> {
    let rules = programs::list(LIST)?
        .iter()
        .map(|(path, rest)| Rule::parse(path, rest))
        .collect::<Result<Vec<_>, _>>()?;
    let summary = judge(&loads::of(elf)?, &rules).map_err(|complaints| {
        Failure::new(
            format!("{}: loads of functions that read images\n{complaints}", elf.display()),
            format!(
                "Read flash through rostrings::word. If what is loaded lies in RAM, say so in {LIST}: its first lines tell how."
            ),
        )
    })?;
    let Summary {
        functions,
        loads,
        partial,
    } = summary;
    println!(
        "disassembly: {functions} functions that read images, {loads} loads; {partial} of less than a word, each with its reason in {LIST}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::loads::Load;
    use super::*;

    fn site(function: &str, line: usize, instruction: &str) -> Site {
        Site {
            load: Load {
                address: 0x4021_0000 + line as u64,
                instruction: instruction.to_owned(),
                partial: !instruction.starts_with("l32"),
            },
            function: function.to_owned(),
            place: format!("a.rs:{line}"),
        }
    }

    fn rules(list: &[(&str, usize)]) -> Vec<Rule> {
        let rule = |(path, allowed): &(&str, usize)| Rule {
            path: (*path).to_owned(),
            allowed: *allowed,
        };
        list.iter().map(rule).collect()
    }

    #[test]
    fn a_planted_load_is_found_and_named() {
        let mut sites = vec![site("a::read", 1, "l32i a2, a3, 0")];
        let list = rules(&[("a", 0)]);
        let clean = Summary {
            functions: 1,
            loads: 1,
            partial: 0,
        };
        assert_eq!(judge(&sites, &list), Ok(clean));
        sites.push(site("a::inner::read", 7, "l8ui a2, a3, 1"));
        let complaint = judge(&sites, &list).unwrap_err();
        for part in ["a::inner::read", "0x40210007", "l8ui a2, a3, 1", "a.rs:7"] {
            assert!(complaint.contains(part), "{complaint}");
        }
    }

    #[test]
    fn exceptions_hold_for_their_function_and_number_alone() {
        let list = rules(&[("a", 0), ("a::ram", 1)]);
        let whole = site("a::read", 1, "l32i a2, a3, 0");
        let sites = |more: &[Site]| [std::slice::from_ref(&whole), more].concat();
        // Copies of one line, inlined twice, are one exception.
        let twice = [
            site("a::ram", 3, "l8ui a2, a3, 0"),
            site("a::ram", 3, "l16si a4, a5, 0"),
        ];
        assert!(judge(&sites(&twice), &list).is_ok());
        assert!(
            judge(
                &sites(&[site("a::ram", 3, "l8ui"), site("a::ram", 4, "l8ui")]),
                &list
            )
            .is_err()
        );
        assert!(
            judge(
                &sites(&[site("a::ram", 3, "l8ui"), site("a::rampart", 4, "l8ui")]),
                &list
            )
            .is_err()
        );
    }

    #[test]
    fn what_is_not_listed_may_load_bytes() {
        let sites = [
            site("a::read", 1, "l32i"),
            site("b::text", 2, "l8ui"),
            site("ab::c", 2, "l8ui"),
        ];
        assert!(judge(&sites, &rules(&[("a", 0)])).is_ok());
    }

    #[test]
    fn paths_that_fit_nothing_are_complained_of() {
        let sites = [site("a::read", 1, "l32i")];
        let complaint = judge(&sites, &rules(&[("a", 0), ("b", 0)])).unwrap_err();
        assert!(complaint.starts_with("b: no function"), "{complaint}");
    }

    #[test]
    fn a_line_needs_number_and_reason() {
        assert!(Rule::parse("a", "2 locals").is_ok());
        assert!(Rule::parse("a", "2").is_err());
        assert!(Rule::parse("a", "locals in RAM").is_err());
    }
}
