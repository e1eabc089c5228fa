/* A function that uses all registers. */
    .section .text.selftest, "ax"
/* (address, out): loads of every kind with all registers in use; then out[i] is register i from a4 on, and out[0] the shift amount.
   The registers that a function keeps are on the stack meanwhile. */
    .align 4
    .global loads_with_all_registers
loads_with_all_registers:
    addi    a1, a1, -16
    s32i    a12, a1, 0
    s32i    a13, a1, 4
    s32i    a14, a1, 8
    s32i    a15, a1, 12
    movi    a4, 7
    wsr     a4, sar
    rsync
    movi    a4, 104
    movi    a5, 105
    movi    a8, 108
    movi    a9, 109
    movi    a10, 110
    movi    a11, 111
    movi    a12, 112
    movi    a13, 113
    movi    a14, 114
    movi    a15, 115
    l8ui    a6, a2, 3
    l16si   a7, a2, 4
    nop.n                           /* the next instruction begins at another byte of a word */
    l16ui   a8, a2, 6
    mov     a9, a2
    nop.n
    l8ui    a9, a9, 255             /* into its own base */
    s32i    a4, a3, 16
    s32i    a5, a3, 20
    s32i    a6, a3, 24
    s32i    a7, a3, 28
    s32i    a8, a3, 32
    s32i    a9, a3, 36
    s32i    a10, a3, 40
    s32i    a11, a3, 44
    s32i    a12, a3, 48
    s32i    a13, a3, 52
    s32i    a14, a3, 56
    s32i    a15, a3, 60
    rsr     a4, sar
    s32i    a4, a3, 0
    l32i    a12, a1, 0
    l32i    a13, a1, 4
    l32i    a14, a1, 8
    l32i    a15, a1, 12
    addi    a1, a1, 16
    ret
    .section .note.GNU-stack, "", @progbits
