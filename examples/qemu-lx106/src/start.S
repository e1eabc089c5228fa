/* Reset, exceptions, and what Rust cannot say for this core: there is no inline assembly. ABI: call0. */

    .section .simreset, "ax"
    .align 4
    j       1f
    .align 4
2:  .word   _start
1:  l32r    a0, 2b
    jx      a0

/* Offsets of this core: debug 0x10, NMI 0x20, kernel 0x30, user 0x50, double exception 0x70. */
    .section .vectors, "ax"
    .align 256
    .global _vectors
_vectors:
    .org _vectors + 0x10
    j       _fatal
    .org _vectors + 0x20
    j       _fatal
    .org _vectors + 0x30
    j       _fatal
    .org _vectors + 0x50
    j       _fatal
    .org _vectors + 0x70
    j       _fatal
    .org _vectors + 0x80

/* An exception ends the program: the stack is not needed any more. */
    .section .iram.text, "ax"
    .literal_position
    .align 4
_fatal:
    movi    a1, _stack_top
    rsr     a2, exccause
    rsr     a3, epc1
    rsr     a4, excvaddr
    movi    a5, 0x20
    wsr     a5, ps
    rsync
    movi    a0, rust_exception
    callx0  a0

    .section .text.start, "ax"
    .literal_position
    .align 4
    .global _start
_start:
    movi    a0, 0
    movi    a1, _stack_top
    movi    a2, _vectors
    wsr     a2, vecbase
    movi    a2, 0x20                /* user vector mode, interrupt level 0 */
    wsr     a2, ps
    rsync

    movi    a2, _stack_bottom       /* paint the stack */
    movi    a5, 0x5A5AA5A5          /* as PAINT in stack.rs */
1:  s32i    a5, a2, 0
    addi    a2, a2, 4
    bltu    a2, a1, 1b

    movi    a2, _data_start
    movi    a3, _data_end
    movi    a4, _data_load
2:  bgeu    a2, a3, 3f
    l32i    a5, a4, 0
    s32i    a5, a2, 0
    addi    a2, a2, 4
    addi    a4, a4, 4
    j       2b

3:  movi    a2, _bss_start
    movi    a3, _bss_end
    movi    a5, 0
4:  bgeu    a2, a3, 5f
    s32i    a5, a2, 0
    addi    a2, a2, 4
    j       4b
5:  movi    a0, rust_start
    callx0  a0

    .global abort                   /* what a trap in Rust calls */
    .align 4
abort:
    ill

/* Semihosting: number in a2, arguments from a3 on, result in a2. */
    .section .text.semihosting, "ax"
    .align 4
    .global semihosting_exit        /* (code) */
semihosting_exit:
    mov     a3, a2
    movi    a2, 1
    simcall
    .align 4
    .global semihosting_read        /* (file, buffer, length) -> bytes read */
semihosting_read:
    mov     a5, a4
    mov     a4, a3
    mov     a3, a2
    movi    a2, 3
    simcall
    ret
    .align 4
    .global semihosting_write       /* (file, bytes, length) -> bytes written */
semihosting_write:
    mov     a5, a4
    mov     a4, a3
    mov     a3, a2
    movi    a2, 4
    simcall
    ret

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
