//! Budgets: how large each figure may be.

use super::figures::{FETCH, FLASH, Figures};
use crate::programs;
use crate::shell::{self, Failure};
use std::path::Path;

/// Lines `limit target: figure`.
const BUDGETS: &str = "xtask/BUDGETS";

const HEAD: &str = "\
# How large each figure of `cargo xtask figures` may be: limit, target, figure. `cargo xtask figures --accept` writes this file,
# with a little room above what it measured; say in the commit why a figure got worse.
";

/// What the design asks of rv32imc, where it is more than that no figure grows. The programs' goals are the counts of PUC Lua.
const GOALS: [(&str, u64); 2] = [(FLASH, 200 * 1024), (FETCH, 1000)];

/// Room above a measured figure, as a fraction: one in so many.
const ROOM: u64 = 100;

/// The columns that have budgets: all but the reference's.
fn budgeted<'f>(columns: &'f [(&str, Figures)]) -> impl Iterator<Item = (String, u64)> + 'f {
    columns
        .iter()
        .filter(|(target, _)| !target.starts_with("PUC"))
        .flat_map(|(target, figures)| {
            figures
                .iter()
                .map(move |(name, value)| (format!("{target}: {name}"), *value))
        })
}

/// The goal that a figure on rv32imc has not reached.
pub fn missed(figure: &str, value: u64) -> Option<u64> {
    let goal = GOALS.iter().find(|(name, _)| *name == figure)?;
    (value > goal.1).then_some(goal.1)
}

/// Makes what was measured the budgets.
pub fn accept(columns: &[(&str, Figures)]) -> Result<(), Failure> {
    let mut text = String::from(HEAD);
    for (name, value) in budgeted(columns) {
        text += &format!("{} {name}\n", value + value.div_ceil(ROOM));
    }
    shell::write_file(Path::new(BUDGETS), text.as_bytes())
}

/// What is wrong with a figure, if anything is.
fn complaint(name: &str, value: u64, budgets: &[(String, String)]) -> Option<String> {
    let budget = budgets.iter().find(|(_, budgeted)| budgeted == name);
    match budget.and_then(|(limit, _)| limit.parse::<u64>().ok()) {
        None => Some(format!("{name}: {value}, no budget")),
        Some(limit) if value > limit => Some(format!("{name}: {value}, budget {limit}")),
        Some(_) => None,
    }
}

/// Compares with the budgets.
pub fn check(columns: &[(&str, Figures)]) -> Result<(), Failure> {
    let budgets = programs::list(BUDGETS)?;
    let complaints: Vec<String> = budgeted(columns)
        .filter_map(|(name, value)| complaint(&name, value, &budgets))
        .collect();
    if complaints.is_empty() {
        println!("all figures are within their budgets");
        return Ok(());
    }
    Err(Failure::new(
        format!("worse than the budget:\n  {}", complaints.join("\n  ")),
        format!("Mend it; or, if it has to be, `cargo xtask figures --accept` raises {BUDGETS}."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_limits() {
        assert_eq!(missed(FETCH, 1000), None);
        assert_eq!(missed(FETCH, 1001), Some(1000));
        assert_eq!(missed("another", 1001), None);
    }

    #[test]
    fn figures_above_or_without_budget_are_complained_of() {
        let budgets = [("10".to_owned(), "host: a".to_owned())];
        assert_eq!(complaint("host: a", 10, &budgets), None);
        assert!(complaint("host: a", 11, &budgets).is_some());
        assert!(complaint("host: b", 1, &budgets).is_some());
    }
}
