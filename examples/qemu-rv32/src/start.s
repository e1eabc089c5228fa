# From reset to Rust: paints the stack, fills .data and .bss. Only hart 0 goes on.
    .section .text.start, "ax"
    .global _start
_start:
    csrr t0, mhartid
    beqz t0, 2f
1:  wfi
    j 1b
2:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la t0, _trap
    csrw mtvec, t0

    la a0, _stack_bottom
    la sp, _stack_top
    li a1, 0x5A5AA5A5           # as PAINT in stack.rs
3:  sw a1, 0(a0)
    addi a0, a0, 4
    bltu a0, sp, 3b

    la a0, _data_start
    la a1, _data_end
    la a2, _data_load
4:  bgeu a0, a1, 5f
    lw a3, 0(a2)
    sw a3, 0(a0)
    addi a0, a0, 4
    addi a2, a2, 4
    j 4b

5:  la a0, _bss_start
    la a1, _bss_end
6:  bgeu a0, a1, 7f
    sw zero, 0(a0)
    addi a0, a0, 4
    j 6b
7:  call rust_start

# Any trap ends the program: the stack is not needed any more.
    .align 2
_trap:
    la sp, _stack_top
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call rust_trap
