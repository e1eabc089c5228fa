//! Host quick start.
fn main() {}
