/* Where the mask ROM has a routine: a jump to its stand-in, with the caller's address as the fourth argument. ../rom.ld has
   the addresses, each four bytes below the routine's, for the word that the jump needs. */
    .macro routine name
    .section .rom_\name, "ax"
    .align 4
.Lword_\name:
    .word   stand_in_\name
    mov     a5, a0
    l32r    a8, .Lword_\name
    jx      a8
    .endm
    routine cache_read_enable
    routine cache_read_disable
    routine spi_unlock
    routine spi_erase_sector
    routine spi_write
    routine spi_read
    routine rtc_get_reset_reason

    .section .text.rom, "ax"
    .align 4
    .global interrupt_level         /* () -> level below which interrupts are off */
interrupt_level:
    rsr     a2, ps
    extui   a2, a2, 0, 4
    ret
    .section .note.GNU-stack, "", @progbits
