// Part of showcase.S: text sizes, keyboard, mouse, time and sound.

// ---- 1 Text in other sizes: 40 by 25, then 80 by 50, by turns

text_draw:
    movw $1, %ax
    cmpb $0, A(text_tall)
    je 1f
    movw $0x103, %ax
1:  call set_mode
    movw $A(text_bar_40), %si
    cmpb $0, A(text_tall)
    je 2f
    movw $A(text_bar_80), %si
2:  movw $A(text_hint), %bx
    movb $0x1F, %ah
    call frame

    movw A(line_bytes), %di         // a box around the character set in rows of 32
    shlw $1, %di
    addw $4, %di
    movw $34, %cx
    movw $10, %bx
    movb $0x1B, %ah
    call box
    movw A(line_bytes), %di
    shlw $2, %di
    addw $8, %di
    xorw %bx, %bx
3:  pushw %di
    movw $32, %cx
4:  movb %bl, %al
    movb %bl, %ah
    shrb $4, %ah
    cmpb $1, %ah                    // black and blue on blue show nothing
    ja 5f
    movb $7, %ah
5:  orb $0x10, %ah
    stosw
    incb %bl
    loop 4b
    popw %di
    addw A(line_bytes), %di
    testb %bl, %bl
    jnz 3b

    movw A(line_bytes), %ax
    movw $15, %cx
    mulw %cx
    addw $6, %ax
    movw %ax, %di
    movw $A(text_words), %si
    movb $0x1F, %ah
    call print

    cmpb $0, A(text_tall)
    je 8f
    movw $A(pangrams), %si          // fifty lines have room for more
    movw $AT(27, 4), %di
    movb $0x17, %ah
    call print
    movw $AT(2, 44), %di            // every colour on every background
    xorb %ah, %ah
6:  movw $16, %cx
    pushw %di
7:  movb $0x04, %al
    stosw
    movb $' ', %al
    stosw
    incb %ah
    loop 7b
    popw %di
    addw $160, %di
    testb %ah, %ah
    jnz 6b
8:  ret

text_key:
    xorb $1, A(text_tall)
    jmp text_draw

text_tall: .byte 0
text_bar_40: .asciz "Text: 40 columns, 25 lines"
text_bar_80: .asciz "Text: 80 columns, 50 lines"
text_hint: .asciz "Space: the other size   Esc: title"
text_words:
    .byte 0xC9, 0xCD, 0xCD, 0xCB, 0xCD, 0xCD, 0xBB
    .ascii "  "
    .byte 0xDA, 0xC4, 0xC4, 0xC2, 0xC4, 0xC4, 0xBF
    .ascii "  "
    .byte 0xB0, 0xB0, 0xB1, 0xB1, 0xB2, 0xB2, 0xDB, 0xDB, 0x0D
    .byte 0xCC, 0xCD, 0xCD, 0xCE, 0xCD, 0xCD, 0xB9
    .ascii "  "
    .byte 0xC3, 0xC4, 0xC4, 0xC5, 0xC4, 0xC4, 0xB4
    .ascii "  "
    .byte 0xDC, 0xDC, 0xDF, 0xDF, 0xDD, 0xDD, 0xDE, 0xDE, 0x0D
    .byte 0xC8, 0xCD, 0xCD, 0xCA, 0xCD, 0xCD, 0xBC
    .ascii "  "
    .byte 0xC0, 0xC4, 0xC4, 0xC1, 0xC4, 0xC4, 0xD9
    .ascii "  "
    .byte 0x03, 0x04, 0x05, 0x06, 0x0E, 0x0B, 0x0C, 0x02, 0x0D, 0x0D
    .byte 0xFF, 0x1E
    .ascii "The same letters, "
    .byte 0xFF, 0x1A
    .asciz "another size."
pangrams:
    .ascii "The quick brown fox jumps over the lazy dog.\r\r"
    .ascii "Zw"
    .byte 0x94
    .ascii "lf Boxk"
    .byte 0x84
    .ascii "mpfer jagen Viktor quer "
    .byte 0x81
    .ascii "ber den gro"
    .byte 0xE1
    .ascii "en Sylter Deich.\r\r"
    .ascii "Portez ce vieux whisky au juge blond qui fume.\r\r"
    .byte 0xA8
    .ascii "El veloz murci"
    .byte 0x82
    .ascii "lago hind"
    .byte 0xA3
    .asciz " com\xA1\x61 feliz cardillo y kiwi?"

// ---- 3 Keyboard: scan codes on the left, characters on the right, lock and shift lamps below

keyboard_draw:
    movw $3, %ax
    call set_mode
    movw $A(keyboard_bar), %si
    movw $A(keyboard_hint), %bx
    movb $0x17, %ah
    call frame
    movw $AT(2, 4), %di
    movw $24, %cx
    movw $16, %bx
    movb $0x0F, %ah
    call box
    movw $A(scan_heading), %si
    movw $AT(2, 7), %di
    movb $0x0E, %ah
    call print
    movw $AT(2, 36), %di
    movw $36, %cx
    movw $16, %bx
    movb $0x0F, %ah
    call box
    movw $A(character_heading), %si
    movw $AT(2, 39), %di
    movb $0x0E, %ah
    call print
    movw $AT(3, 38), A(typing)
    movb $0xFF, A(lamps)
keyboard_tick:
    movb 0x417, %al                 // the BIOS's shift flags
    cmpb A(lamps), %al
    je 9f
    movb %al, A(lamps)
    movb %al, %cl
    movw $A(lamp_names), %si
    movw $AT(22, 4), %di
1:  movb $0x70, %ah
    shrb $1, %cl
    jnc 2f
    movb $0xE0, %ah
2:  call print
    addw $4, %di
    cmpb $0, (%si)
    jne 1b
9:  ret

// AL: a scan code, as the keyboard controller gave it
keyboard_scan:
    pushw %ax
    pushw %ds
    movw %es, %ax                   // scrolls the list
    movw %ax, %ds
    movw $15, %dx
    movw $AT(3, 6), %di
1:  leaw 160(%di), %si
    pushw %di
    movw $22, %cx
    rep movsw
    popw %di
    addw $160, %di
    decw %dx
    jnz 1b
    popw %ds
    popw %ax
    movb $0x0F, %bh
    pushw %ax
    call hex
    popw %ax
    movw $A(scan_make), %si
    movb $0x0A, %ah
    cmpb $0xE0, %al
    jne 2f
    movw $A(scan_prefix), %si
    movb $0x0D, %ah
    jmp 3f
2:  testb $0x80, %al
    jz 3f
    movw $A(scan_break), %si
    movb $0x03, %ah
3:  call print
    jmp keyboard_tick

keyboard_key:
    movw A(typing), %di
    cmpb $13, %al
    je 2f
    cmpb $8, %al
    je 5f
    testb %al, %al
    jz 4f
    cmpb $0xE0, %al
    je 4f
    movb $0x0B, %ah
    stosw
    movw %di, %ax                   // line full?
    xorw %dx, %dx
    movw $160, %cx
    divw %cx
    cmpw $(2 * 72), %dx
    jb 3f
2:  movw $0x0F20, %es:(%di)
    movw %di, %ax
    xorw %dx, %dx
    movw $160, %cx
    divw %cx
    incw %ax
    cmpw $19, %ax
    jb 6f
    call keyboard_draw
    movw $3, %ax
6:  mulw %cx
    addw $76, %ax
    movw %ax, %di
3:  movw %di, A(typing)
    movw $0x0FB1, %es:(%di)
4:  ret
5:  movw %di, %ax
    xorw %dx, %dx
    movw $160, %cx
    divw %cx
    cmpw $76, %dx
    jbe 4b
    movw $0x0F20, %es:(%di)
    subw $2, %di
    jmp 3b

typing: .word 0
lamps: .byte 0
keyboard_bar: .asciz "Keyboard"
keyboard_hint: .asciz "Type; every key shows the codes it sends.   Esc: title"
scan_heading: .asciz " Scan codes "
character_heading: .asciz " Characters "
scan_make: .asciz "   pressed         "
scan_break: .asciz "   released        "
scan_prefix: .asciz "   prefix          "
lamp_names:
    .asciz " Right Shift ", " Left Shift ", " Ctrl ", " Alt ", " Scroll ", " Num ", " Caps "
    .byte 0

// ---- 4 Mouse: where it is, what is held, and a board to draw on

mouse_draw:
    movw $3, %ax
    call set_mode
    movw $A(mouse_bar), %si
    movw $A(mouse_hint), %bx
    movb $0x07, %ah
    call frame
    movw $A(mouse_names), %si
    movw $AT(2, 4), %di
    movb $0x07, %ah
    call print
    movw $AT(4, 3), %di
    movw $72, %cx
    movw $17, %bx
    movb $0x1F, %ah
    call box
    movw $0xFFFF, A(mouse_cell)
    cmpb $0, A(mouse_present)
    jne mouse_mouse
    movw $A(mouse_absent), %si
    movw $AT(12, 22), %di
    movb $0x1E, %ah
    jmp print

mouse_mouse:
    movw A(mouse_cell), %di         // puts back what the pointer covered
    cmpw $0xFFFF, %di
    je 1f
    movw A(mouse_under), %ax
    movw %ax, %es:(%di)
1:  movw $AT(2, 7), %di
    movzwl A(mouse_x), %eax
    movb $0x0F, %bh
    call decimal
    movw $AT(2, 16), %di
    movzwl A(mouse_y), %eax
    call decimal
    movw $AT(2, 33), %di
    movzwl A(mouse_packets), %eax
    call decimal
    movw $A(button_names), %si
    movw $AT(2, 50), %di
    movb A(mouse_buttons), %cl
2:  movb $0x08, %ah
    shrb $1, %cl
    jnc 3f
    movb $0xA0, %ah
3:  call print
    addw $2, %di
    cmpb $0, (%si)
    jne 2b

    movw A(mouse_y), %ax
    shrw $4, %ax
    movw $160, %cx
    mulw %cx
    movw A(mouse_x), %di
    shrw $3, %di
    addw %di, %di
    addw %ax, %di
    movw %di, A(mouse_cell)
    movw %es:(%di), %ax
    cmpw $AT(5, 4), %di             // inside the board a held button draws
    jb 6f
    cmpw $AT(22, 4), %di
    jae 6f
    cmpb $0xBA, %al
    je 6f
    movb A(mouse_buttons), %cl
    testb $1, %cl
    jz 4f
    movw $0x1BDB, %ax
4:  testb $2, %cl
    jz 5f
    movw $0x1F20, %ax
5:  testb $4, %cl
    jz 6f
    movw $0x1EB1, %ax
6:  movw %ax, A(mouse_under)
    movb $0xE0, %ah                 // the pointer: the cell in black on yellow
    cmpb $0xDB, %al
    jne 7f
    movb $0x18, %al
7:  movw %ax, %es:(%di)
    ret

mouse_cell: .word 0
mouse_under: .word 0
mouse_bar: .asciz "Mouse"
mouse_hint: .asciz "Left button draws, right erases, middle shades.   Esc: title"
mouse_names: .asciz "x        y          packets"
mouse_absent: .asciz "The BIOS found no pointing device."
button_names: .asciz " left ", " right ", " middle "
    .byte 0

// ---- 5 Timer and clock

time_draw:
    movw $3, %ax
    call set_mode
    movw $A(time_bar), %si
    movw $A(time_hint), %bx
    movb $0x17, %ah
    call frame
    movw $AT(4, 14), %di
    movw $50, %cx
    movw $11, %bx
    movb $0x1F, %ah
    call box
    movw $A(time_names), %si
    movw $AT(6, 18), %di
    movb $0x17, %ah
    call print
    movb $0xFF, A(time_second)
    movw $0, A(time_rate)
time_tick:
    movb $0x1F, %bh
    movw $AT(6, 44), %di
    movzwl A(ticks), %eax
    call decimal
    movw $AT(8, 44), %di
    movl 0x46C, %eax
    call decimal
    movw $AT(14, 18), %di           // a bead on a string, one step a tick
    movw $42, %cx
    movw $0x18C4, %ax
    rep stosw
    movzwl A(ticks), %eax
    xorl %edx, %edx
    movl $82, %ecx
    divl %ecx
    cmpw $42, %dx
    jb 1f
    negw %dx
    addw $82, %dx
1:  movw %dx, %di
    addw %di, %di
    movw $0x1B04, %es:AT(14, 18)(%di)

    movb $2, %ah
    int $0x1A
    cmpb A(time_second), %dh
    je 3f
    movb %dh, A(time_second)
    movw A(ticks), %ax
    movw A(time_mark), %cx
    movw %ax, A(time_mark)
    subw %cx, %ax
    cmpw $0, A(time_rate)           // the first second is only part of one
    movw $1, A(time_rate)
    je 2f
    movw $AT(7, 44), %di
    movzwl %ax, %eax
    movb $0x1E, %bh
    call decimal
2:  movw $AT(10, 44), %di
    movb $0x1E, %bh
    call time_of_day
    movb $4, %ah
    int $0x1A
    jc 3f
    movw $AT(11, 44), %di
    movb $0x1F, %bh
    movb %ch, %al
    call hex
    movb %cl, %al
    call hex
    movb $'-', %al
    stosw
    movb %dh, %al
    call hex
    movb $'-', %al
    stosw
    movb %dl, %al
    call hex
3:  ret

time_second: .byte 0
    .balign 2
time_mark: .word 0
time_rate: .word 0
time_bar: .asciz "Timer and clock"
time_hint: .asciz "The timer interrupts 18.2 times a second.   Esc: title"
time_names:
    .ascii "Timer interrupts\rin the last second\rsince midnight\r\r"
    .asciz "Clock\rDate"

// ---- 6 A tune on the speaker: Beethoven, Symphony No. 9, fourth movement

sound_draw:
    movw $3, %ax
    call set_mode
    movw $A(sound_bar), %si
    movw $A(sound_hint), %bx
    movb $0x57, %ah
    call frame
    movw $A(sound_name), %si
    movw $AT(3, 12), %di
    movb $0x5F, %ah
    call print
    movw $A(tune), A(sound_next)
    movw $0, A(sound_left)
    movb $0xFF, A(sound_key_lit)
    movw $0, A(sound_count)
    jmp sound_keys

sound_key:
    cmpb $' ', %al
    je sound_draw
    ret

sound_tick:
    cmpw $0, A(sound_left)
    je 1f
    decw A(sound_left)
    jnz 3f
    call quiet                      // a short gap tells repeated notes apart
    ret
1:  movw A(sound_next), %si
    lodsb
    cmpb $0xFF, %al
    je 4f
    movb %al, A(sound_key_lit)
    movzbw %al, %bx
    lodsb
    movzbw %al, %ax
    movw %ax, A(sound_left)
    movw %si, A(sound_next)
    shlw $1, %bx
    movb $0xB6, %al                 // counter 2, square wave
    outb %al, $0x43
    movw A(divisors)(%bx), %ax
    outb %al, $0x42
    movb %ah, %al
    outb %al, $0x42
    inb $0x61, %al
    orb $3, %al
    outb %al, $0x61
    movw A(sound_count), %di        // one bar a note, as high as it sounds
    incw A(sound_count)
    shlw $2, %di
    addw $AT(22, 8), %di
    movzbw A(sound_key_lit), %cx
    incw %cx
2:  movw $0x5DDB, %es:(%di)
    movw $0x5DDB, %es:2(%di)
    subw $160, %di
    loop 2b
    jmp sound_keys
3:  ret
4:  cmpb $0xFE, A(sound_key_lit)
    je 3b
    movb $0xFE, A(sound_key_lit)
    call quiet
    // falls into the keyboard

// Eight white keys; the one that sounds is lit.
sound_keys:
    movw $AT(5, 12), %di
    xorb %bl, %bl
1:  movb $0x70, %ah
    cmpb A(sound_key_lit), %bl
    jne 2f
    movb $0xB0, %ah
2:  pushw %di
    movw $7, %dx
3:  movb $' ', %al
    movw $6, %cx
    pushw %di
    rep stosw
    movw $0x50B3, %es:(%di)
    popw %di
    addw $160, %di
    decw %dx
    jnz 3b
    pushw %bx
    xorb %bh, %bh
    movb A(note_names)(%bx), %al
    popw %bx
    movw %ax, %es:(4 - 320)(%di)
    popw %di
    addw $14, %di
    incb %bl
    cmpb $8, %bl
    jb 1b
    ret

quiet:
    inb $0x61, %al
    andb $0xFC, %al
    outb %al, $0x61
    ret

    .balign 2
sound_next: .word 0
sound_left: .word 0
sound_count: .word 0
sound_key_lit: .byte 0xFF
sound_bar: .asciz "A tune on the speaker"
sound_hint: .asciz "Space: again   Esc: title"
sound_name: .asciz "Beethoven: Symphony No. 9, fourth movement"
note_names: .ascii "CDEFGABC"
    .balign 2
divisors: .word 4561, 4063, 3620, 3417, 3044, 2712, 2416, 2280 // 1193182 Hz / C4 ... C5
tune:                               // key, ticks
    .byte 2, 6, 2, 6, 3, 6, 4, 6, 4, 6, 3, 6, 2, 6, 1, 6, 0, 6, 0, 6, 1, 6, 2, 6, 2, 9, 1, 3, 1, 12
    .byte 2, 6, 2, 6, 3, 6, 4, 6, 4, 6, 3, 6, 2, 6, 1, 6, 0, 6, 0, 6, 1, 6, 2, 6, 1, 9, 0, 3, 0, 12
    .byte 0xFF
