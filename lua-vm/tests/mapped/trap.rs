//! Memory that may not be touched, and a record of all who touch it.
//!
//! A load faults; the handler of the fault notes the instruction, makes the memory readable and sets the trap flag, so that
//! the processor stops again behind this one instruction, where the memory is closed. How much an instruction loads is
//! decoded afterwards.
//!
//! All `unsafe` of this test is here.

use iced_x86::{Decoder, DecoderOptions, InstructionInfoFactory, OpAccess};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// Most instructions that are told apart.
const ROOM: usize = 1 << 13;
/// No instruction is longer.
const INSTRUCTION: usize = 15;
const TRAP_FLAG: i64 = 1 << 8;

/// An instruction that loaded from the memory.
struct Note {
    place: AtomicUsize,
    caller: AtomicUsize,
    count: AtomicUsize,
    /// Loads from an address that is no multiple of 4.
    odd: AtomicUsize,
}

static NOTES: [Note; ROOM] = [const {
    Note {
        place: AtomicUsize::new(0),
        caller: AtomicUsize::new(0),
        count: AtomicUsize::new(0),
        odd: AtomicUsize::new(0),
    }
}; ROOM];
static START: AtomicUsize = AtomicUsize::new(0);
static LENGTH: AtomicUsize = AtomicUsize::new(0);
static OPEN: AtomicBool = AtomicBool::new(false);

/// There was no room for an instruction.
static FULL: AtomicBool = AtomicBool::new(false);

/// There is one memory at a time: handlers of signals are the whole process's.
static ONE: Mutex<()> = Mutex::new(());

unsafe extern "C" {
    /// The code of this program, without libraries, lies between these two names of the linker's.
    static __executable_start: u8;
    static etext: u8;
}

/// Words that may not be touched unseen.
pub struct Trapped {
    start: *const u32,
    words: usize,
    before: [libc::sigaction; 2],
    _one: MutexGuard<'static, ()>,
}

/// What one instruction loaded.
#[derive(Clone, Debug)]
pub struct Access {
    /// Address of the instruction.
    pub place: usize,
    /// Where it returns to, if the instruction is in a library.
    pub caller: Option<usize>,
    /// Bytes it loads.
    pub size: usize,
    /// How often.
    pub count: usize,
    /// How often from an address that is no multiple of 4.
    pub odd: usize,
}

impl Access {
    /// Whether a processor that takes aligned words alone would fault.
    pub fn is_partial(&self) -> bool {
        self.size == 0 || !self.size.is_multiple_of(4) || self.odd > 0
    }
}

impl Trapped {
    /// A copy of these words, closed.
    pub fn new(words: &[u32]) -> Self {
        let one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let length = size_of_val(words);
        // SAFETY: a new mapping of its own, as long as the words; they are copied to it before it is closed, and both handlers
        // have the type that `SA_SIGINFO` asks for.
        let (start, before) = unsafe {
            let start = libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED);
            start
                .cast::<u32>()
                .copy_from_nonoverlapping(words.as_ptr(), words.len());
            START.store(start as usize, Relaxed);
            LENGTH.store(length, Relaxed);
            protect(libc::PROT_NONE);
            let before = [
                handle(libc::SIGSEGV, faulted as *const () as usize),
                handle(libc::SIGTRAP, stepped as *const () as usize),
            ];
            (start.cast::<u32>().cast_const(), before)
        };
        let trapped = Trapped {
            start,
            words: words.len(),
            before,
            _one: one,
        };
        trapped.seen();
        trapped
    }

    /// The words.
    pub fn words(&self) -> &[u32] {
        // SAFETY: the mapping lives as long as `self` and nobody writes to it. Loads from it succeed: the handler sees to that.
        unsafe { std::slice::from_raw_parts(self.start, self.words) }
    }

    /// The bytes of the words.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.words * 4) }
    }

    /// What was loaded since the last call.
    pub fn seen(&self) -> Vec<Access> {
        assert!(!FULL.load(Relaxed), "more than {ROOM} instructions");
        let taken: BTreeMap<(usize, usize), (usize, usize)> = NOTES
            .iter()
            .filter(|note| note.count.load(Relaxed) > 0)
            .map(|note| {
                let key = (note.place.swap(0, Relaxed), note.caller.swap(0, Relaxed));
                (
                    key,
                    (note.count.swap(0, Relaxed), note.odd.swap(0, Relaxed)),
                )
            })
            .collect();
        taken
            .into_iter()
            .map(|((place, caller), (count, odd))| Access {
                place,
                caller: (caller != 0).then_some(caller),
                size: loaded(place),
                count,
                odd,
            })
            .collect()
    }
}

impl Drop for Trapped {
    fn drop(&mut self) {
        // SAFETY: the mapping and the handlers are those of `new`; borrows of the words have ended.
        unsafe {
            libc::munmap(self.start.cast_mut().cast(), self.words * 4);
            libc::sigaction(libc::SIGSEGV, &self.before[0], std::ptr::null_mut());
            libc::sigaction(libc::SIGTRAP, &self.before[1], std::ptr::null_mut());
        }
        LENGTH.store(0, Relaxed);
    }
}

/// Installs a handler; gives the one before.
unsafe fn handle(signal: i32, handler: usize) -> libc::sigaction {
    // SAFETY: all zeros is a value of this plain structure; the caller vouches for the handler's type.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal, &action, &mut before), 0);
        before
    }
}

/// Sets the rights to the mapping.
unsafe fn protect(rights: i32) {
    // SAFETY: `START` and `LENGTH` are those of a mapping; it holds no object but the words.
    unsafe {
        libc::mprotect(START.load(Relaxed) as *mut _, LENGTH.load(Relaxed), rights);
    }
}

extern "C" fn faulted(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands over valid pointers. Only atomics and system calls are used, so the handler may interrupt
    // anything; the stack pointer of the interrupted code points at readable memory.
    unsafe {
        let address = (*info).si_addr() as usize;
        let inside = address.wrapping_sub(START.load(Relaxed)) < LENGTH.load(Relaxed);
        // Somebody else's fault, or one while the memory is readable: a store. It happens again, and ends the process.
        if !inside || OPEN.swap(true, Relaxed) {
            libc::signal(signal, libc::SIG_DFL);
            return;
        }
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let place = registers[libc::REG_RIP as usize] as usize;
        let program = &raw const __executable_start as usize..&raw const etext as usize;
        let caller = match program.contains(&place) {
            true => 0,
            // The library's functions that copy and compare memory are leaves: on top of the stack is where they return to.
            false => *(registers[libc::REG_RSP as usize] as *const usize),
        };
        note(place, caller, address);
        protect(libc::PROT_READ);
        registers[libc::REG_EFL as usize] |= TRAP_FLAG;
    }
}

extern "C" fn stepped(signal: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: as in `faulted`.
    unsafe {
        if !OPEN.swap(false, Relaxed) {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        protect(libc::PROT_NONE);
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        registers[libc::REG_EFL as usize] &= !TRAP_FLAG;
    }
}

fn note(place: usize, caller: usize, address: usize) {
    let first = (place ^ caller.rotate_left(7)).wrapping_mul(0x9E37_79B9) % ROOM;
    for note in NOTES[first..].iter().chain(&NOTES[..first]) {
        let free = note.count.load(Relaxed) == 0;
        if free {
            note.place.store(place, Relaxed);
            note.caller.store(caller, Relaxed);
        }
        if free || (note.place.load(Relaxed), note.caller.load(Relaxed)) == (place, caller) {
            note.count.fetch_add(1, Relaxed);
            note.odd
                .fetch_add(usize::from(!address.is_multiple_of(4)), Relaxed);
            return;
        }
    }
    FULL.store(true, Relaxed);
}

/// Bytes that an instruction of this process loads at once; 0 if it loads none.
fn loaded(place: usize) -> usize {
    // SAFETY: an instruction that was executed is readable, and code ends more than one instruction before its mapping does.
    let bytes = unsafe { std::slice::from_raw_parts(place as *const u8, INSTRUCTION) };
    let instruction = Decoder::with_ip(64, bytes, place as u64, DecoderOptions::NONE).decode();
    let mut factory = InstructionInfoFactory::new();
    let loads = factory.info(&instruction).used_memory().iter();
    loads
        .filter(|memory| !matches!(memory.access(), OpAccess::Write | OpAccess::CondWrite))
        .map(|memory| memory.memory_size().size())
        .min()
        .unwrap_or(0)
}
