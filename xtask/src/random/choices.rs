//! A case is a list of choices; the grammar turns it into text. That makes any case repeatable, and shrinking it a
//! matter of shorter lists and smaller numbers, whatever the grammar is.

/// Where a grammar gets its decisions from. Past the end every choice is 0, which grammars make the simplest one.
pub struct Choices<'a> {
    random: Option<&'a mut fastrand::Rng>,
    taken: Vec<u32>,
    at: usize,
}

impl<'a> Choices<'a> {
    /// New choices, as many as are asked for.
    pub fn fresh(random: &'a mut fastrand::Rng) -> Self {
        Choices {
            random: Some(random),
            taken: Vec::new(),
            at: 0,
        }
    }

    /// Choices made before.
    pub fn again(taken: Vec<u32>) -> Self {
        Choices {
            random: None,
            taken,
            at: 0,
        }
    }

    /// The choices made.
    pub fn into_taken(self) -> Vec<u32> {
        self.taken
    }

    /// One of `0..count`.
    pub fn pick(&mut self, count: u32) -> u32 {
        let value = match (self.taken.get(self.at), &mut self.random) {
            (Some(value), _) => *value,
            (None, Some(random)) => {
                let value = random.u32(..);
                // Small numbers shrink and read better.
                self.taken.push(value % count);
                value
            }
            (None, None) => 0,
        };
        self.at += 1;
        value % count
    }

    /// True once in `count` times.
    pub fn once_in(&mut self, count: u32) -> bool {
        self.pick(count) == count - 1
    }

    /// One of the items.
    pub fn of<'b>(&mut self, items: &[&'b str]) -> &'b str {
        items[self.pick(items.len() as u32) as usize]
    }
}

/// Makes `choices` as small as `fails` still holds for, in at most `budget` trials.
pub fn shrink(
    mut choices: Vec<u32>,
    mut budget: usize,
    mut fails: impl FnMut(&[u32]) -> bool,
) -> Vec<u32> {
    let mut width = choices.len().next_power_of_two();
    while width > 0 {
        let mut at = 0;
        while at < choices.len() {
            let end = (at + width).min(choices.len());
            let without: Vec<u32> = [&choices[..at], &choices[end..]].concat();
            let mut zeroed = choices.clone();
            zeroed[at..end].fill(0);
            let smaller = [without, zeroed]
                .into_iter()
                .filter(|smaller| *smaller != choices)
                .find(|smaller| {
                    budget = budget.saturating_sub(1);
                    budget > 0 && fails(smaller)
                });
            match smaller {
                Some(smaller) => choices = smaller,
                None => at += width,
            }
            if budget == 0 {
                return choices;
            }
        }
        width /= 2;
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_made_again_from_its_choices() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut fresh = Choices::fresh(&mut random);
        let made: Vec<u32> = (0..50).map(|at| fresh.pick(at + 1)).collect();
        let mut again = Choices::again(fresh.into_taken());
        assert_eq!(
            made,
            (0..50).map(|at| again.pick(at + 1)).collect::<Vec<_>>()
        );
        assert_eq!(again.pick(9), 0);
    }

    #[test]
    fn shrinking_finds_what_matters() {
        let large: Vec<u32> = (0..60).collect();
        let small = shrink(large, 1000, |choices| {
            choices.iter().any(|choice| choice % 16 == 15)
        });
        assert_eq!(small.len(), 1);
    }
}
