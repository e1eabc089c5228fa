//! Cross compiler and image tool.
fn main() {}
