/* Registers of the core that Rust cannot name. */
    .section .text.core, "ax"
    .align 4
    .global cycle_count             /* () -> cycles since reset */
cycle_count:
    rsr     a2, ccount
    ret
    .align 4
    .global interrupts_disable      /* () -> state to restore */
interrupts_disable:
    rsil    a2, 15
    ret
    .align 4
    .global interrupts_restore      /* (state) */
interrupts_restore:
    wsr     a2, ps
    rsync
    ret
    .section .note.GNU-stack, "", @progbits
