/* Exceptions of the lx106 core, which come with nothing saved. ABI: call0. Offsets of this core: debug 0x10, NMI 0x20, kernel 0x30,
   user 0x50, double exception 0x70. */
    .section .vectors, "ax"
    .align 256
    .global _vectors
_vectors:
    .org _vectors + 0x10
    j       _unexpected
    .org _vectors + 0x20
    j       _unexpected
    .org _vectors + 0x30
    j       _exception
    .org _vectors + 0x50
    j       _exception
    .org _vectors + 0x70
    j       _unexpected
    .org _vectors + 0x80

/* Saves everything as `Frame` in exception.rs, lets Rust look at it, and goes on with what it says then. The compiler keeps nothing below
   the stack pointer. */
    .section .iram.text, "ax"
    .literal_position
    .align 4
_exception:
    addi    a1, a1, -96
    s32i    a0, a1, 0
    s32i    a2, a1, 8
    addi    a2, a1, 96
    s32i    a2, a1, 4               /* a1 as it was */
    s32i    a3, a1, 12
    s32i    a4, a1, 16
    s32i    a5, a1, 20
    s32i    a6, a1, 24
    s32i    a7, a1, 28
    s32i    a8, a1, 32
    s32i    a9, a1, 36
    s32i    a10, a1, 40
    s32i    a11, a1, 44
    s32i    a12, a1, 48
    s32i    a13, a1, 52
    s32i    a14, a1, 56
    s32i    a15, a1, 60
    rsr     a2, epc1
    s32i    a2, a1, 64
    rsr     a2, sar
    s32i    a2, a1, 68
    rsr     a2, ps
    s32i    a2, a1, 72
    rsr     a2, exccause
    s32i    a2, a1, 76
    rsr     a2, excvaddr
    s32i    a2, a1, 80
    movi    a2, 0x2f                /* user vector mode, no exception pending, no interrupts */
    wsr     a2, ps
    rsync
    mov     a2, a1
    movi    a0, lx106_exception
    callx0  a0
    l32i    a2, a1, 72              /* with the exception pending, which rfe ends */
    wsr     a2, ps
    rsync
    l32i    a2, a1, 64
    wsr     a2, epc1
    l32i    a2, a1, 68
    wsr     a2, sar
    rsync
    l32i    a0, a1, 0
    l32i    a2, a1, 8
    l32i    a3, a1, 12
    l32i    a4, a1, 16
    l32i    a5, a1, 20
    l32i    a6, a1, 24
    l32i    a7, a1, 28
    l32i    a8, a1, 32
    l32i    a9, a1, 36
    l32i    a10, a1, 40
    l32i    a11, a1, 44
    l32i    a12, a1, 48
    l32i    a13, a1, 52
    l32i    a14, a1, 56
    l32i    a15, a1, 60
    l32i    a1, a1, 4
    rfe

/* Ends the program: the stack is not needed any more. */
    .align 4
_unexpected:
    movi    a1, _stack_top
    rsr     a2, exccause
    rsr     a3, epc1
    rsr     a4, excvaddr
    movi    a5, 0x2f
    wsr     a5, ps
    rsync
    movi    a0, lx106_unexpected
    callx0  a0

    .global abort                   /* what a trap in Rust calls */
    .align 4
abort:
    ill
    .section .note.GNU-stack, "", @progbits
