//! Cuts the power of the region store.

mod expected;
mod rig;
mod scenarios;
mod search;

fn main() {
    let rig = scenarios::tiny();
    let outcomes = scenarios::whole();
    let depth: Vec<&[_]> = outcomes.iter().map(Vec::as_slice).collect();
    let t = std::time::Instant::now();
    let mut total = search::Tally::default();
    for s in scenarios::scenarios() {
        let mut tally = search::Tally::default();
        rig.run(&s, 0, &depth, &mut tally);
        println!("{} {tally:#?} {:?}", s.name, t.elapsed());
        total.add(tally);
    }
    let rig = scenarios::single();
    for s in scenarios::single_scenarios() {
        let mut tally = search::Tally::default();
        rig.run(&s, 0, &depth, &mut tally);
        println!("{} {tally:#?} {:?}", s.name, t.elapsed());
        total.add(tally);
    }
    println!(
        "power cuts tried: {}, images lost: {}",
        total.cuts, total.lost
    );
}
