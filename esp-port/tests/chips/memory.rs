//! Memory where a chip has its mask ROM, registers and mapped flash: this process has nothing at such low addresses.
//!
//! All `unsafe` of the machine is here; the drivers under test run as they run on the chip.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, Once};

/// Where a call of a routine of the ROM leads: its address there, and the function to run instead.
pub type Routine = (usize, usize);

/// Memory that a driver reads and writes by address: start and bytes.
type Region = (usize, usize);

/// The mask ROMs of all three chips.
const ROM: Region = (0x4000_0000, 0x5000);
/// Feeding the ESP8266's watchdog; the ESP32-C3's table of pages; flash that the processor sees, of each chip.
const PLAIN: [Region; 5] = [
    (0x6000_0000, 0x1000),
    (0x600c_5000, 0x1000),
    (0x4020_0000, 0x10_0000),
    (0x3c00_0000, 0x80_0000),
    (0x4200_0000, 0x100_0000),
];
/// Registers of the ESP32-C6's SPI0, among them those that stand before its table of pages.
const SPI0: Region = (0x6000_2000, 0x1000);
const CONTENT: usize = 0x6000_237c;
const INDEX: usize = 0x6000_2380;
/// Entries of that table.
const ENTRIES: usize = 256;
const TRAP_FLAG: i64 = 1 << 8;
/// Bit of a page fault's error code.
const STORE: i64 = 1 << 1;

static TABLE: [AtomicUsize; ENTRIES] = [const { AtomicUsize::new(0) }; ENTRIES];
/// The store to a register that is being done, 0 for none.
static STORING: AtomicUsize = AtomicUsize::new(0);
static OPEN: AtomicBool = AtomicBool::new(false);

/// There is one chip at a time.
static ONE: Mutex<()> = Mutex::new(());
static MAP: Once = Once::new();

/// The chip's memory, in which calls of these routines lead elsewhere.
pub fn take(routines: &[Routine]) -> MutexGuard<'static, ()> {
    let one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // SAFETY: the regions are new mappings and hold nothing else. Handlers have the type that `SA_SIGINFO` asks for.
    MAP.call_once(|| unsafe {
        map(ROM);
        PLAIN.into_iter().for_each(|region| map(region));
        map(SPI0);
        protect(SPI0, libc::PROT_NONE);
        handle(libc::SIGSEGV, faulted as *const () as usize);
        handle(libc::SIGTRAP, stepped as *const () as usize);
    });
    // SAFETY: the ROM is mapped, and nobody runs it while the lock is held.
    unsafe {
        protect(ROM, libc::PROT_READ | libc::PROT_WRITE);
        (ROM.0 as *mut u8).write_bytes(0xcc, ROM.1);
        for (address, function) in routines {
            // mov rax, function; jmp rax
            let mut code = [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0];
            code[2..10].copy_from_slice(&function.to_le_bytes());
            (*address as *mut [u8; 12]).write(code);
        }
        protect(ROM, libc::PROT_READ | libc::PROT_EXEC);
    }
    one
}

/// A word at an address of the chip: memory, not a register of SPI0.
pub fn word(address: usize) -> u32 {
    assert!(is_plain(address));
    // SAFETY: the word lies in a mapping that `take` made.
    unsafe { (address as *const u32).read_volatile() }
}

/// Writes it.
pub fn set_word(address: usize, word: u32) {
    assert!(is_plain(address));
    // SAFETY: as above.
    unsafe { (address as *mut u32).write_volatile(word) }
}

fn is_plain(address: usize) -> bool {
    let inside = |(start, length): &Region| address.wrapping_sub(*start) < *length;
    MAP.is_completed() && address.is_multiple_of(4) && PLAIN.iter().any(inside)
}

/// The words that a driver handed to a routine, as address and length in bytes.
///
/// # Safety
///
/// They are those of a slice that nobody else uses meanwhile.
pub unsafe fn slice<'a>(address: usize, bytes: u32) -> &'a mut [u32] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(address as *mut u32, bytes as usize / 4) }
}

/// The ESP32-C6's table of pages.
pub fn table() -> Vec<u32> {
    let entries = TABLE.iter().map(|entry| entry.load(Relaxed) as u32);
    entries.collect()
}

/// Sets its first entries, and clears the others.
pub fn set_table(first: &[u32]) {
    for (index, entry) in TABLE.iter().enumerate() {
        entry.store(first.get(index).map_or(0, |word| *word as usize), Relaxed);
    }
}

unsafe fn map((start, length): Region) {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let rights = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: the call takes no memory that is in use.
    let got = unsafe { libc::mmap(start as *mut _, length, rights, flags, -1, 0) };
    assert_eq!(got as usize, start, "the addresses of the chip are in use");
}

unsafe fn protect((start, length): Region, rights: i32) {
    // SAFETY: the caller names a region that `map` made.
    unsafe { libc::mprotect(start as *mut _, length, rights) };
}

unsafe fn handle(signal: i32, handler: usize) {
    // SAFETY: all zeros is a value of this plain structure; the caller vouches for the handler's type.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        assert_eq!(libc::sigaction(signal, &action, std::ptr::null_mut()), 0);
    }
}

/// The entry that the index register names.
unsafe fn entry() -> &'static AtomicUsize {
    // SAFETY: the caller opened the registers.
    &TABLE[unsafe { (INDEX as *const u32).read_volatile() } as usize % ENTRIES]
}

/// Before an access to a register of SPI0: a load of the content sees the entry. One instruction is let through.
extern "C" fn faulted(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands over valid pointers; only atomics, system calls and the registers' memory are used.
    unsafe {
        let address = (*info).si_addr() as usize;
        if address.wrapping_sub(SPI0.0) >= SPI0.1 || OPEN.swap(true, Relaxed) {
            libc::signal(signal, libc::SIG_DFL);
            return;
        }
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let store = registers[libc::REG_ERR as usize] & STORE != 0;
        STORING.store(if store { address } else { 0 }, Relaxed);
        protect(SPI0, libc::PROT_READ | libc::PROT_WRITE);
        (CONTENT as *mut u32).write_volatile(entry().load(Relaxed) as u32);
        registers[libc::REG_EFL as usize] |= TRAP_FLAG;
    }
}

/// Behind it: a store to the content changes the entry.
extern "C" fn stepped(signal: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: as above.
    unsafe {
        if !OPEN.swap(false, Relaxed) {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        if STORING.load(Relaxed) == CONTENT {
            entry().store((CONTENT as *const u32).read_volatile() as usize, Relaxed);
        }
        protect(SPI0, libc::PROT_NONE);
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        registers[libc::REG_EFL as usize] &= !TRAP_FLAG;
    }
}
