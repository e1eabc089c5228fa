//! The steps of `cargo xtask test`, in the order of how soon they find something.

use crate::shell::Failure;
use crate::{checks, devices, differential, esp, miri, needs, random};
use std::time::Instant;

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<(), Failure>,
    /// Runs only when it is named: too slow for every change.
    deep: bool,
}

const STEPS: &[Step] = &[
    Step {
        name: "packages",
        about: "Debian packages the other steps need",
        run: packages,
        deep: false,
    },
    Step {
        name: "format",
        about: "cargo fmt --check",
        run: checks::format,
        deep: false,
    },
    Step {
        name: "lint",
        about: "clippy without warnings, in every combination of features",
        run: checks::lint,
        deep: false,
    },
    Step {
        name: "doc",
        about: "documentation without warnings",
        run: checks::doc,
        deep: false,
    },
    Step {
        name: "unit",
        about: "cargo test of the workspace",
        run: checks::unit,
        deep: false,
    },
    Step {
        name: "no_std",
        about: "library crates for a target without std",
        run: checks::no_std,
        deep: false,
    },
    Step {
        name: "lua",
        about: "tests-lua, bench and examples/lua: from source, from an image, and under lua5.3",
        run: differential::lua,
        deep: false,
    },
    Step {
        name: "real",
        about: "Lua packages of Debian: from source, from one image, and under lua5.3",
        run: differential::real,
        deep: false,
    },
    Step {
        name: "rv32",
        about: "the Lua programs on the ESP32-C3's core, emulated, from flash",
        run: devices::rv32,
        deep: false,
    },
    Step {
        name: "persist",
        about: "images replaced on the emulated ESP32-C3's core, over starts and cuts of the power",
        run: devices::persist,
        deep: false,
    },
    Step {
        name: "lx106",
        about: "the Lua programs on the ESP8266's core, emulated, from flash",
        run: devices::lx106,
        deep: false,
    },
    Step {
        name: "esp8266",
        about: "the ESP8266's flash driver and exception handler on its core, emulated; firmware for the chip, checked by esptool",
        run: devices::esp8266,
        deep: false,
    },
    Step {
        name: "esp",
        about: "firmware for the ESP32-C3 and the ESP32-C6: built, and the images checked by esptool",
        run: esp::run,
        deep: false,
    },
    Step {
        name: "random",
        about: "random programs against the reference, with 64-bit and 32-bit numbers",
        run: random::run,
        deep: false,
    },
    Step {
        name: "examples",
        about: "the host example of the README",
        run: checks::examples,
        deep: false,
    },
    Step {
        name: "figures",
        about: "heap, instructions and flash within their budgets, on every target",
        run: devices::check_figures,
        deep: false,
    },
    Step {
        name: "asan",
        about: "unit and Lua tests under the address sanitizer",
        run: checks::asan,
        deep: true,
    },
    Step {
        name: "miri",
        about: "unit tests of the crates with unsafe code under Miri, 64-bit and 32-bit",
        run: miri::run,
        deep: true,
    },
];

fn packages() -> Result<(), Failure> {
    needs::reference()?;
    needs::python()?;
    needs::real_programs()?;
    needs::device_toolchain().map(|_| ())
}

/// Runs the steps named in `arguments`; without any, all but the deep ones, which it names at the end.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let list: String = STEPS
        .iter()
        .map(|step| format!("  {:9} {}\n", step.name, step.about))
        .collect();
    if arguments.iter().any(|word| word == "--list") {
        print!("{list}");
        return Ok(());
    }
    if let Some(unknown) = arguments
        .iter()
        .find(|word| STEPS.iter().all(|step| step.name != word.as_str()))
    {
        return Err(Failure::new(
            format!("no step '{unknown}'"),
            format!("Steps:\n{list}"),
        ));
    }
    let start = Instant::now();
    let chosen = STEPS.iter().filter(|step| match arguments.is_empty() {
        true => !step.deep,
        false => arguments.iter().any(|word| word == step.name),
    });
    for step in chosen {
        println!("\n== {}: {}", step.name, step.about);
        let began = Instant::now();
        (step.run)().map_err(|failure| Failure {
            what: format!("step {}: {}", step.name, failure.what),
            advice: format!(
                "{}\nThis step alone: cargo xtask test {}",
                failure.advice.trim_end(),
                step.name
            ),
        })?;
        println!(
            "== {}: passed in {:.0} s",
            step.name,
            began.elapsed().as_secs_f64()
        );
    }
    println!(
        "\nall steps passed in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    if arguments.is_empty() {
        let deep = STEPS.iter().filter(|step| step.deep).map(|step| step.name);
        let deep = deep.collect::<Vec<_>>().join(" ");
        println!("Not in this run, for they take long: cargo xtask test {deep}");
    }
    Ok(())
}
