/* 128-bit arithmetic of the compiler's library. Callers pass the second operand in a6, a7 and two words of stack, the
   library's functions expect all four words on the stack. They are renamed library_*; the names callers use are here. */
    .macro bridge name
    .section .text.\name, "ax"
    .literal_position
    .align 4
    .global \name
    .type   \name, @function
\name:
    addi    a1, a1, -32
    s32i    a0, a1, 16
    l32i    a8, a1, 32
    l32i    a9, a1, 36
    s32i    a6, a1, 0
    s32i    a7, a1, 4
    s32i    a8, a1, 8
    s32i    a9, a1, 12
    movi    a8, library\name
    callx0  a8
    l32i    a0, a1, 16
    addi    a1, a1, 32
    ret
    .size   \name, . - \name
    .endm
    bridge  __udivti3
    bridge  __umodti3
    bridge  __divti3
    bridge  __modti3
    bridge  __multi3
    .section .note.GNU-stack, "", @progbits
