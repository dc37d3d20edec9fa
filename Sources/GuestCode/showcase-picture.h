// Part of showcase.S: page 2, a picture in mode 13h. It is drawn once and moves by turning its palette.

picture_draw:
    movw $0x13, %ax
    call set_mode
    movw $0xFFFF, A(arrow_x)
    call turn_palette
    xorw %di, %di
    xorw %dx, %dx                   // line
1:  movb %dl, %ch                   // phases of two waves across
    addb %dl, %ch
    movb %dl, %cl
    negb %cl
    movb %dl, %bl
    xorb %bh, %bh
    movsbw SINES(%bx), %bp          // and of one down
    movw $320, %si
2:  movb %ch, %bl
    movsbw SINES(%bx), %ax
    addw %bp, %ax
    pushw %bp
    movb %cl, %bl
    movsbw SINES(%bx), %bp
    addw %bp, %ax
    pushw %cx
    movw %si, %bp
    shrw $1, %bp
    xchgw %bp, %bx
    addb %dl, %bl
    xorb %bh, %bh
    movsbw SINES(%bx), %cx
    movw %bp, %bx
    addw %cx, %ax
    popw %cx
    popw %bp
    sarw $1, %ax
    addb $128, %al
    cmpb $1, %al                    // 0, 254 and 255 keep their colours
    adcb $0, %al
    cmpb $253, %al
    jbe 3f
    movb $253, %al
3:  stosb
    incb %ch
    addb $2, %cl
    decw %si
    jnz 2b
    incw %dx
    cmpw $200, %dx
    jb 1b

    movb $2, %ah                    // the caption, by the BIOS
    xorb %bh, %bh
    movw $0x1802, %dx
    int $0x10
    movw $A(picture_caption), %si
4:  lodsb
    testb %al, %al
    jz picture_mouse
    movb $0x0E, %ah
    movw $254, %bx
    int $0x10
    jmp 4b

picture_mouse:
    movw A(arrow_x), %ax            // puts back what the arrow covered
    cmpw $0xFFFF, %ax
    je 1f
    movw $A(arrow_restore), A(arrow_pixel)
    call arrow
1:  movw A(mouse_x), %ax
    shrw $1, %ax
    movw %ax, A(arrow_x)
    movw A(mouse_y), %ax
    shrw $1, %ax
    movw %ax, A(arrow_y)
    movw $A(arrow_draw), A(arrow_pixel)
    // falls into arrow

// Visits the arrow's 12 by 16 pixels that are on the screen: DI the pixel, SI its place in UNDER, AL its shape.
arrow:
    movw $UNDER, %si
    movw $A(arrow_shape), %bx
    movw A(arrow_y), %dx
1:  cmpw $200, %dx
    jae 4f
    movw A(arrow_x), %cx
    movw $12, %bp
2:  cmpw $320, %cx
    jae 3f
    pushw %dx
    movw %dx, %ax
    movw $320, %dx
    mulw %dx
    addw %cx, %ax
    movw %ax, %di
    popw %dx
    movb (%bx), %al
    call *A(arrow_pixel)
3:  incw %cx
    incw %si
    incw %bx
    decw %bp
    jnz 2b
    incw %dx
    cmpb $0, (%bx)
    jne 1b
4:  ret
arrow_draw:
    movb %es:(%di), %ah
    movb %ah, (%si)
    cmpb $'.', %al
    je 1f
    cmpb $'o', %al
    movb $254, %al
    je 2f
    xorb %al, %al
2:  movb %al, %es:(%di)
1:  ret
arrow_restore:
    movb (%si), %al
    movb %al, %es:(%di)
    ret

picture_tick:
    addb $2, A(phase)
    // falls into turn_palette

// Writes the palette, turned by `phase`.
turn_palette:
    movw $0x3C8, %dx
    xorb %al, %al
    outb %al, %dx
    incw %dx
    movw $3, %cx
1:  outb %al, %dx                   // 0: black
    loop 1b
    movw $1, %cx
2:  movb %cl, %bl
    addb A(phase), %bl
    xorb %bh, %bh
    movb SINES(%bx), %al            // red follows the wave, blue runs ahead, green is twice as fast
    addb $128, %al
    shrb $2, %al
    outb %al, %dx
    pushw %bx
    addb %bl, %bl
    movb SINES(%bx), %al
    popw %bx
    addb $128, %al
    shrb $3, %al
    outb %al, %dx
    addb $96, %bl
    movb SINES(%bx), %al
    addb $128, %al
    shrb $3, %al
    addb $31, %al
    outb %al, %dx
    incw %cx
    cmpw $254, %cx
    jb 2b
    movw $6, %cx
    movb $63, %al
3:  outb %al, %dx                   // 254 and 255: white
    loop 3b
    ret

// 256 steps of a sine, -127...127, as two parabolas: near enough to be beautiful.
make_sines:
    xorw %bx, %bx
1:  movw $128, %ax
    subw %bx, %ax
    mulw %bx
    shrw $5, %ax
    cmpw $127, %ax
    jbe 2f
    movw $127, %ax
2:  movb %al, SINES(%bx)
    negb %al
    movb %al, SINES + 128(%bx)
    incw %bx
    cmpw $128, %bx
    jb 1b
    ret

phase: .byte 0
    .balign 2
arrow_x: .word 0xFFFF
arrow_y: .word 0
arrow_pixel: .word 0
picture_caption: .asciz "320 x 200, 256 colours   Esc: title"
arrow_shape:
    .ascii "#..........."
    .ascii "##.........."
    .ascii "#o#........."
    .ascii "#oo#........"
    .ascii "#ooo#......."
    .ascii "#oooo#......"
    .ascii "#ooooo#....."
    .ascii "#oooooo#...."
    .ascii "#ooooooo#..."
    .ascii "#oooooooo#.."
    .ascii "#ooooo#####."
    .ascii "#oo#oo#....."
    .ascii "#o#.#oo#...."
    .ascii "##..#oo#...."
    .ascii "#....#oo#..."
    .ascii ".....###...."
    .byte 0
