// Part of showcase.S: the title page.

title_draw:
    movw $3, %ax
    call set_mode
    movw $A(title_bar), %si
    movw $A(title_hint), %bx
    movb $0x07, %ah
    call frame

    movw $A(logo), %si              // '#' is a block with a shadow below it to the right
    movw $AT(2, 16), %di
    movw $A(logo_colours), %bp
1:  pushw %di
    movb (%bp), %ah
2:  lodsb
    cmpb $' ', %al
    jb 4f
    je 3f
    movb $0xDB, %al
    movw %ax, %es:(%di)
    movw $0x08B0, %es:162(%di)
3:  addw $2, %di
    jmp 2b
4:  popw %di
    addw $160, %di
    incw %bp
    cmpb $0, (%si)
    jne 1b

    movw $A(subtitle), %si
    movw $AT(8, 22), %di
    movb $0x0F, %ah
    call print

    movw $AT(10, 5), %di
    movw $31, %cx
    movw $6, %bx
    movb $0x1F, %ah
    call box
    movw $A(pages_heading), %si
    movw $AT(10, 8), %di
    movb $0x1E, %ah
    call print
    movw $AT(10, 43), %di
    movw $29, %cx
    movw $6, %bx
    movb $0x1F, %ah
    call box
    movw $A(machine_heading), %si
    movw $AT(10, 46), %di
    movb $0x1E, %ah
    call print

    movw $AT(20, 8), %di            // sixteen colours, solid and shaded
    xorb %ah, %ah
5:  movw $4, %cx
    movb $0xDB, %al
    rep stosw
    pushw %di
    addw $(160 - 8), %di
    movw $4, %cx
    movb $0xB1, %al
    rep stosw
    popw %di
    incb %ah
    cmpb $16, %ah
    jb 5b

    call machine_facts
    call title_menu
    movw $A(press_a_key), %si
    movw $AT(23, 8), %di
    movb $0x08, %ah
    call print
    // falls into the clock

title_tick:
    movb $2, %ah
    int $0x1A
    cmpb A(second_shown), %dh
    je 1f
    movb %dh, A(second_shown)
6:  movw $AT(0, 70), %di
    movb $0x3F, %bh
    call time_of_day
    ret
1:  cmpw $1, A(page_ticks)
    jbe 6b
    ret

title_menu:
    movw $A(page_names), %si
    movw $AT(11, 7), %di
    movw $1, %bp
1:  pushw %di
    movb $0x1F, %ah
    cmpw A(chosen), %bp
    jne 2f
    movb $0xB0, %ah
2:  movw $29, %cx
    movb $' ', %al
    pushw %di
    rep stosw
    popw %di
    addw $2, %di
    movw %bp, %ax
    addb $'0', %al
    movb $0x1B, %ah
    cmpw A(chosen), %bp
    jne 3f
    movb $0xB1, %ah
3:  stosw
    addw $2, %di
    movb $0x1F, %ah
    cmpw A(chosen), %bp
    jne 4f
    movb $0xB0, %ah
4:  call print
    popw %di
    addw $160, %di
    incw %bp
    cmpw $7, %bp
    jb 1b
    ret

title_key:
    cmpb $KEY_UP, %ah
    je 1f
    cmpb $KEY_DOWN, %ah
    je 2f
    cmpb $KEY_ENTER, %ah
    je 4f
    movw %ax, %cx                   // any other key is shown
    movw $A(last_key), %si
    movw $AT(23, 8), %di
    movb $0x0B, %ah
    call print
    movw $AT(23, 18), %di
    movb $0x0F, %bh
    movb %ch, %al
    call hex
    movw $AT(23, 39), %di
    movb %cl, %al
    movb $0x0E, %ah
    stosw
    ret
1:  decw A(chosen)
    jnz title_menu
    movw $6, A(chosen)
    jmp title_menu
2:  incw A(chosen)
    cmpw $7, A(chosen)
    jb title_menu
    movw $1, A(chosen)
    jmp title_menu
4:  movw A(chosen), %ax
    movw %ax, A(page)
    popw %ax                        // the loop's return address
    jmp open_page

// What this machine is: processor, memory, BIOS, disks
machine_facts:
    movw $A(facts), %si
    movw $AT(11, 45), %di
    movb $0x17, %ah
    call print

    movw $AT(11, 56), %di
    pushfl                          // a processor whose ID flag can change has CPUID
    popl %eax
    movl %eax, %ecx
    xorl $0x200000, %eax
    pushl %eax
    popfl
    pushfl
    popl %eax
    xorl %ecx, %eax
    testl $0x200000, %eax
    jz 1f
    xorl %eax, %eax
    cpuid
    movl %ebx, A(vendor)
    movl %edx, A(vendor) + 4
    movl %ecx, A(vendor) + 8
    movw $A(vendor), %si
    movb $0x1F, %ah
    call print
    movw $AT(12, 56), %di
    movl $1, %eax
    cpuid
    pushl %eax
    shrl $8, %eax
    andl $15, %eax
    movb $0x1F, %bh
    call decimal
    movb $'.', %al
    subw $4, %di
    stosw
    popl %eax
    pushl %eax
    shrl $4, %eax
    andl $15, %eax
    call decimal
    movb $'.', %al
    subw $4, %di
    stosw
    popl %eax
    andl $15, %eax
    call decimal
1:
    movw $AT(13, 56), %di
    movw $0xE801, %ax               // CX KiB above 1 MiB, DX times 64 KiB above 16 MiB
    xorw %cx, %cx
    xorw %dx, %dx
    int $0x15
    jc 2f
    testw %cx, %cx
    jnz 3f
    movw %ax, %cx
    movw %bx, %dx
3:  movzwl %cx, %eax
    movzwl %dx, %edx
    shll $6, %edx
    addl %edx, %eax
    addl $(1024 + 1023), %eax       // what the firmware keeps at the top counts as memory
    shrl $10, %eax
    movb $0x1F, %bh
    call decimal
    movw $A(mib), %si
    subw $2, %di
    movb $0x1F, %ah
    call print
2:
    movw $AT(14, 56), %di           // the BIOS's date
    movw $8, %cx
    pushw %ds
    movw $0xF000, %ax
    movw %ax, %ds
    movw $0xFFF5, %si
    movb $0x1F, %ah
4:  lodsb
    cmpb $' ', %al
    jae 5f
    movb $' ', %al
5:  stosw
    loop 4b
    popw %ds

    movw $AT(15, 56), %di
    movzbl 0x475, %eax              // hard disks the BIOS found
    movb $0x1F, %bh
    call decimal
    movw $AT(16, 56), %di
    movw $A(mouse_yes), %si
    cmpb $0, A(mouse_present)
    jne 6f
    movw $A(mouse_no), %si
6:  movb $0x1F, %ah
    jmp print

second_shown: .byte 0xFF
vendor: .space 12
    .byte 0
title_bar: .asciz "Vitrine showcase"
title_hint: .ascii "1-6 pages   "
    .byte 0x18, 0x19
    .ascii " choose   "
    .byte 0x11, 0xD9
    .ascii " open   "
    .byte 0x1B, 0x1A
    .asciz " turn over   Esc this page"
logo:
    .ascii "##   ##  ##  ######  #####   ##  ##   ##  ######\n"
    .ascii "##   ##  ##    ##    ##  ##  ##  ###  ##  ##\n"
    .ascii " ## ##   ##    ##    #####   ##  ## # ##  ####\n"
    .ascii " ## ##   ##    ##    ## ##   ##  ##  ###  ##\n"
    .ascii "  ###    ##    ##    ##  ##  ##  ##   ##  ######\n"
    .byte 0
logo_colours: .byte 0x0F, 0x0B, 0x0B, 0x03, 0x09
subtitle: .ascii "a glass case for PCs  "
    .byte 0xFF, 0x08, 0xFA, 0xFF, 0x03
    .asciz "  sample guest"
pages_heading: .asciz " Pages "
machine_heading: .asciz " This machine "
page_names:
    .asciz "Text in other sizes"
    .asciz "A picture and an arrow"
    .asciz "Keyboard"
    .asciz "Mouse"
    .asciz "Timer and clock"
    .asciz "A tune on the speaker"
facts:
    .ascii "Processor\rModel\rMemory\rBIOS date\rHard disks\r"
    .asciz "Mouse"
mib: .asciz "MiB"
mouse_yes: .asciz "PS/2"
mouse_no: .asciz "none"
press_a_key: .asciz "Press any key: it is answered here at once."
last_key: .ascii "scan code            character "
    .asciz "              "
