/* Where the boot ROM jumps: in instruction RAM, with the flash cache off. Has the cache show the first megabyte, 32 KB of it cached, and
   goes on in flash. Cache_Read_Enable(half, region, size) of the mask ROM; see esp-port/src/drivers/esp8266/rom.rs. */
    .section .iram.boot, "ax"
    .literal_position
    .align 4
    .global _boot
_boot:
    movi    a1, _stack_top
    rsil    a2, 15
    movi    a2, 0
    wsr     a2, intenable           /* the boot ROM's handlers are not ours */
    movi    a3, 0
    movi    a4, 1
    movi    a0, 0x40004678
    callx0  a0
    movi    a0, _start
    jx      a0
    .section .note.GNU-stack, "", @progbits
