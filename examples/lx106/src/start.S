/* From reset, or from the boot ROM, to Rust: sets the vectors, paints the stack, fills .data and .bss. */
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
    movi    a5, 0x5A5AA5A5          /* as PAINT in stack.rs of ../firmware */
1:  s32i    a5, a2, 0
    addi    a2, a2, 4
    bltu    a2, a1, 1b

    movi    a2, _data_start
    movi    a3, _data_end
    movi    a4, _data_load
    beq     a2, a4, 3f              /* the boot ROM has put it there */
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
    .section .note.GNU-stack, "", @progbits
