/* Where the emulated core starts, and its way to the host's terminal. ABI: call0. */

    .section .simreset, "ax"
    .align 4
    j       1f
    .align 4
2:  .word   _start
1:  l32r    a0, 2b
    jx      a0

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

    .section .note.GNU-stack, "", @progbits
