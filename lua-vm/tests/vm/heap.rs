//! What the heap is spent on, against the budgets of the design.

use crate::program::state;
use lua_vm::census::{Census, device};
use lua_vm::number::{Num32, Num64, NumberModel};

/// Grows the heap by `source` and gives what was added: what it leaves in the global `keep`.
fn growth<N: NumberModel>(source: &str) -> Census {
    let mut lua = state::<N>();
    let chunk = lua.load(source, "=growth").unwrap();
    // The main thread's stack gets as long as the source needs it.
    lua.call::<_, ()>(&chunk, ()).unwrap();
    lua.exec("keep = 0").unwrap();
    lua.collect_garbage();
    let before = lua.census();
    lua.call::<_, ()>(&chunk, ()).unwrap();
    lua.collect_garbage();
    let after = lua.census();
    let mut grown = after;
    for (grown, before) in [
        (&mut grown.strings, before.strings),
        (&mut grown.records, before.records),
        (&mut grown.tables, before.tables),
        (&mut grown.closures, before.closures),
        (&mut grown.userdata, before.userdata),
        (&mut grown.threads, before.threads),
        (&mut grown.intern_table, before.intern_table),
    ] {
        grown.count -= before.count.min(grown.count);
        grown.bytes -= before.bytes.min(grown.bytes);
        grown.device_bytes -= before.device_bytes.min(grown.device_bytes);
    }
    grown
}

#[test]
fn sizes_on_a_device_are_within_budget() {
    let sizes = [
        ("register", device::REGISTER, 8),
        ("short string of 8 bytes", device::SHORT_STRING + 8, 12 + 8),
        ("table", device::TABLE, 28),
        ("node of a table", device::NODE, 12),
        ("element of an array", device::ELEMENT, 5),
        (
            "closure with one upvalue",
            device::CLOSURE + device::UPVALUE_POINTER,
            16,
        ),
        ("upvalue", device::UPVALUE, 20),
        ("call info", device::CALL_INFO, 20),
        ("thread without its stack", device::THREAD, 44),
        ("userdata without its value", device::USERDATA, 24),
    ];
    println!(
        "{:<28}{:>8}{:>8}",
        "object, 32-bit target", "bytes", "budget"
    );
    for (name, bytes, budget) in sizes {
        println!("{name:<28}{bytes:>8}{budget:>8}");
        assert!(
            bytes <= budget,
            "{name}: {bytes} bytes, {budget} are allowed"
        );
    }
}

#[test]
fn a_state_at_the_prompt_is_within_budget() {
    fn print<N: NumberModel>() -> Census {
        let mut lua = state::<N>();
        lua.collect_garbage();
        let census = lua.census();
        println!("{} after start, all libraries open:\n{census}", N::NAME);
        // What the census does not list is the collector's own stack of grey objects.
        let own = lua.heap_bytes() - census.total().0;
        println!("{own} bytes beside the objects\n");
        assert!(own <= 256, "{own} bytes are not accounted for");
        census
    }
    print::<Num64>();
    let (_, device_bytes) = print::<Num32>().total();
    assert!(device_bytes <= 3072, "{device_bytes} bytes at the prompt");
}

#[test]
fn a_suspended_coroutine_is_within_budget() {
    let grown = growth::<Num32>(
        "keep = {nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}
         local function body(a) local b = a + 1 coroutine.yield(b) end
         for i = 1, 10 do
           keep[i] = coroutine.create(body)
           coroutine.resume(keep[i], i)
         end",
    );
    assert_eq!(grown.threads.count, 10);
    let each = grown.threads.device_bytes / 10;
    println!("suspended coroutine: {each} bytes on a 32-bit target");
    assert!(each <= 300, "{each} bytes");
}

#[test]
fn objects_cost_what_their_layout_says() {
    let strings = growth::<Num32>("keep = {} for i = 1, 100 do keep[i] = 'text' .. 1000 + i end");
    assert_eq!(strings.strings.count, 100);
    assert_eq!(strings.strings.device_bytes, 100 * (12 + 8));

    let tables = growth::<Num32>("keep = {} for i = 1, 128 do keep[i] = {} end");
    let array = device::TABLE + 128 * device::ELEMENT;
    assert_eq!(tables.tables.device_bytes, array + 128 * device::TABLE);

    let nodes =
        growth::<Num32>("keep = {} for i = 1, 64 do keep[i] = {a = 1, b = 2, c = 3, d = 4} end");
    let array = device::TABLE + 64 * device::ELEMENT;
    assert_eq!(
        nodes.tables.device_bytes,
        array + 64 * (device::TABLE + 4 * device::NODE)
    );

    let closures =
        growth::<Num32>("keep = {} for i = 1, 64 do keep[i] = function() return i end end");
    assert_eq!(closures.closures.count, 128);
    assert_eq!(closures.closures.device_bytes, 64 * (16 + device::UPVALUE));
}

#[test]
fn a_native_function_and_a_library_table_cost_nothing() {
    let grown = growth::<Num32>(
        "local a, b, c = print, string.format, coroutine.wrap
         local t = string
         local total = #t.rep('x', 100) + select('#', a, b, c)
         if total ~= 103 then error(total) end",
    );
    assert_eq!(grown.total(), (0, 0), "{grown}");
}
