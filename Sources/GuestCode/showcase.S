// The showcase: a bootable floppy that shows what a PC can do, a page at a time. Needs a BIOS, a 386 and a VGA.
//
// Memory: 0600h sine table, 0700h palette, 0A00h under the arrow, 0B00h scan codes, below 7C00h the stack, from 7C00h this image.
// CS = DS = SS = 0; ES is the screen's segment but in the few places that say otherwise.

#define A(label) (label - guestcode_showcase_start + 0x7C00)
#define AT(row, column) ((row) * 160 + (column) * 2)

#define SINES 0x0600
#define PALETTE 0x0700
#define UNDER 0x0A00
#define SCANCODES 0x0B00
#define KEY_ESCAPE 0x01
#define KEY_ENTER 0x1C
#define KEY_UP 0x48
#define KEY_LEFT 0x4B
#define KEY_RIGHT 0x4D
#define KEY_DOWN 0x50

    .section .rodata.guestcode, "a", @progbits
    .globl guestcode_showcase_start, guestcode_showcase_end
    .hidden guestcode_showcase_start, guestcode_showcase_end
    .balign 16
    .code16
guestcode_showcase_start:

// ---- Boot sector: reads the rest behind itself, as much of a track at a time as the geometry allows

    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7C00, %sp
    sti
    cld
    ljmp $0, $A(boot)
boot:
    movb %dl, A(drive)
    movb $8, %ah                    // geometry; a floppy's where the BIOS does not know
    int $0x13
    jc 1f
    andw $0x3F, %cx
    jz 1f
    movw %cx, A(sectors_per_track)
    movzbw %dh, %ax
    incw %ax
    movw %ax, A(heads)
1:  xorw %ax, %ax
    movw %ax, %es
    movw $0x7E00, %bx
    movw $1, %si                    // next sector
    movw $((guestcode_showcase_end - guestcode_showcase_start + 511) / 512 - 1), %di
next_track:
    movw %si, %ax
    xorw %dx, %dx
    divw A(sectors_per_track)
    movw %dx, %cx                   // sector of the track, from 0
    xorw %dx, %dx
    divw A(heads)
    movb %al, %ch
    movb %dl, %dh
    movw A(sectors_per_track), %ax
    subb %cl, %al
    incb %cl
    cmpw %di, %ax
    jbe 1f
    movw %di, %ax
1:  movw $3, %bp
2:  pushw %ax
    movb $2, %ah
    movb A(drive), %dl
    int $0x13
    popw %ax
    jnc 3f
    pushw %ax
    xorb %ah, %ah
    int $0x13
    popw %ax
    decw %bp
    jnz 2b
    movw $A(disk_error), %si
4:  lodsb
    testb %al, %al
    jz 5f
    movb $0x0E, %ah
    movw $7, %bx
    int $0x10
    jmp 4b
5:  hlt
    jmp 5b
3:  addw %ax, %si
    movw %ax, %cx
    shlw $9, %cx
    addw %cx, %bx
    subw %ax, %di
    jnz next_track
    jmp start

drive: .byte 0
    .balign 2
sectors_per_track: .word 18
heads: .word 2
disk_error: .asciz "The floppy cannot be read."
    .org guestcode_showcase_start + 510
    .word 0xAA55

// ---- Start: hooks, then one loop that sleeps until something happens

start:
    cli
    movl 4 * 0x08, %eax
    movl %eax, A(old_tick)
    movw $A(tick_handler), 4 * 0x08
    movw %cs, 4 * 0x08 + 2
    movl 4 * 0x15, %eax
    movl %eax, A(old_system)
    movw $A(system_handler), 4 * 0x15
    movw %cs, 4 * 0x15 + 2
    sti
    call make_sines

    movw $0xC205, %ax               // pointing device: three-byte packets
    movb $3, %bh
    int $0x15
    jc 1f
    movw $0xC207, %ax
    xorw %bx, %bx
    movw %bx, %es
    movw $A(mouse_handler), %bx
    int $0x15
    jc 1f
    movw $0xC200, %ax
    movb $1, %bh
    int $0x15
    jc 1f
    movb $1, A(mouse_present)
1:

open_page:
    call quiet
    movw $0, A(page_ticks)
    movw A(page), %bx
    shlw $3, %bx
    call *A(pages)(%bx)

loop:
    // With interrupts off until HLT itself, no event can slip in between the look and the sleep.
    cli
    movw 0x41A, %ax                 // the BIOS's keyboard buffer: head, tail
    cmpw 0x41C, %ax
    jne key_waits
    movw A(scan_head), %ax
    cmpw A(scan_tail), %ax
    jne scan_waits
    movw A(ticks), %ax
    cmpw A(ticks_seen), %ax
    jne tick_waits
    cmpb $0, A(mouse_moved)
    jne mouse_waits
    sti
    hlt
    jmp loop

scan_waits:
    sti
    movw A(scan_tail), %bx
    movb SCANCODES(%bx), %al
    incw %bx
    andw $63, %bx
    movw %bx, A(scan_tail)
    cmpw $3, A(page)
    jne loop
    call keyboard_scan
    jmp loop

tick_waits:
    movw %ax, A(ticks_seen)
    sti
    incw A(page_ticks)
    movw A(page), %bx
    shlw $3, %bx
    call *A(pages) + 2(%bx)
    jmp loop

mouse_waits:
    movb $0, A(mouse_moved)
    sti
    movw A(page), %bx
    shlw $3, %bx
    call *A(pages) + 6(%bx)
    jmp loop

key_waits:
    sti
    xorb %ah, %ah
    int $0x16
    cmpb $KEY_ESCAPE, %ah
    jne 1f
    movw $0, A(page)
    jmp open_page
1:  cmpw $3, A(page)                // the keyboard page takes all other keys
    je 3f
    cmpb $'1', %al
    jb 2f
    cmpb $'6', %al
    ja 2f
    subb $'0', %al
    xorb %ah, %ah
    movw %ax, A(page)
    movw %ax, A(chosen)
    jmp open_page
2:  cmpb $KEY_LEFT, %ah
    je previous_page
    cmpb $KEY_RIGHT, %ah
    je next_page
3:  movw A(page), %bx
    shlw $3, %bx
    call *A(pages) + 4(%bx)
    jmp loop

previous_page:
    movw A(page), %ax
    decw %ax
    jns 1f
    movw $6, %ax
1:  movw %ax, A(page)
    jmp open_page
next_page:
    movw A(page), %ax
    incw %ax
    cmpw $7, %ax
    jb 1b
    xorw %ax, %ax
    jmp 1b

// What each page does when drawn, at a tick, on a key (AX as INT 16h gave it), when the mouse moved
pages:
    .word A(title_draw), A(title_tick), A(title_key), A(nothing)
    .word A(text_draw), A(nothing), A(text_key), A(nothing)
    .word A(picture_draw), A(picture_tick), A(nothing), A(picture_mouse)
    .word A(keyboard_draw), A(keyboard_tick), A(keyboard_key), A(nothing)
    .word A(mouse_draw), A(nothing), A(nothing), A(mouse_mouse)
    .word A(time_draw), A(time_tick), A(nothing), A(nothing)
    .word A(sound_draw), A(sound_tick), A(sound_key), A(nothing)

nothing:
    ret

page: .word 0
chosen: .word 1
page_ticks: .word 0
mode: .word 0xFFFF
columns: .word 80
rows: .word 25
line_bytes: .word 160
ticks: .word 0
ticks_seen: .word 0
scan_head: .word 0
scan_tail: .word 0
// A text screen is 640 by 400 counts, a picture of 320 by 200 pixels two to the pixel: as drivers for DOS count
mouse_x: .word 320
mouse_y: .word 200
mouse_packets: .word 0
mouse_buttons: .byte 0
mouse_moved: .byte 0
mouse_present: .byte 0
    .balign 4
old_tick: .long 0
old_system: .long 0

// ---- Interrupts

tick_handler:
    incw %cs:A(ticks)
    ljmpw *%cs:A(old_tick)

// INT 15h AH=4Fh: the BIOS offers every scan code before it translates it; carry on return lets it go on.
system_handler:
    cmpb $0x4F, %ah
    je 1f
    ljmpw *%cs:A(old_system)
1:  pushw %bx
    pushw %dx
    movw %cs:A(scan_head), %bx
    movw %bx, %dx
    incw %dx
    andw $63, %dx
    cmpw %cs:A(scan_tail), %dx
    je 2f
    movb %al, %cs:SCANCODES(%bx)
    movw %dx, %cs:A(scan_head)
2:  popw %dx
    popw %bx
    stc
    lretw $2

// Called far by the BIOS with status, x, y and 0 pushed, each a word.
mouse_handler:
    pushw %bp
    movw %sp, %bp
    pushw %ax
    pushw %ds
    xorw %ax, %ax
    movw %ax, %ds
    movzbw 10(%bp), %ax
    testb $0x10, 12(%bp)
    jz 1f
    movb $0xFF, %ah
1:  addw A(mouse_x), %ax
    jns 2f
    xorw %ax, %ax
2:  cmpw $639, %ax
    jle 3f
    movw $639, %ax
3:  movw %ax, A(mouse_x)
    movzbw 8(%bp), %ax
    testb $0x20, 12(%bp)
    jz 4f
    movb $0xFF, %ah
4:  negw %ax                        // the mouse counts upward
    addw A(mouse_y), %ax
    jns 5f
    xorw %ax, %ax
5:  cmpw $399, %ax
    jle 6f
    movw $399, %ax
6:  movw %ax, A(mouse_y)
    movb 12(%bp), %al
    andb $7, %al
    movb %al, A(mouse_buttons)
    incw A(mouse_packets)
    movb $1, A(mouse_moved)
    popw %ds
    popw %ax
    popw %bp
    lretw

// ---- Screen

// AX: 1 (40 columns), 3 (80 columns), 13h, or 103h (80 columns, 50 lines). Sets ES, the sizes, and hides the cursor.
set_mode:
    movw %ax, %bx
    xchgw A(mode), %bx
    pushw %ax
    cmpw %ax, %bx
    je 1f
    pushw %ax
    xorb %ah, %ah
    int $0x10
    popw %ax
    testb %ah, %ah
    jz 1f
    movw $0x1112, %ax               // 8 by 8 font
    xorb %bl, %bl
    int $0x10
1:  popw %ax
    cmpb $0x13, %al
    je 3f
    movw $80, %bx
    movw $25, %cx
    cmpw $1, %ax
    jne 2f
    movw $40, %bx
2:  testb %ah, %ah
    jz 4f
    movw $50, %cx
4:  movw %bx, A(columns)
    addw %bx, %bx
    movw %bx, A(line_bytes)
    movw %cx, A(rows)
    movw $0x1003, %ax               // bright backgrounds instead of blinking
    xorw %bx, %bx
    int $0x10
    movb $1, %ah
    movw $0x2000, %cx
    int $0x10
    movw $0xB800, %ax
    movw %ax, %es
    ret
3:  movw $0xA000, %ax
    movw %ax, %es
    ret

// Clears to attribute AH, writes the title DS:SI into the first line and the hint DS:BX into the last.
frame:
    pushw %bx
    pushw %si
    movb $' ', %al
    xorw %di, %di
    movw A(columns), %cx
    pushw %cx
    pushw %ax
    movb $0x3F, %ah
    rep stosw
    movw A(rows), %ax
    subw $2, %ax
    mulw A(columns)
    movw %ax, %cx
    popw %ax
    rep stosw
    popw %cx
    pushw %di
    movw $0x3020, %ax
    rep stosw
    popw %di
    popw %si
    popw %bx
    pushw %di
    movw $2, %di
    movb $0x3F, %ah
    call print
    popw %di
    movw %bx, %si
    addw $2, %di
    movb $0x30, %ah
    // falls into print

// DS:SI to DI in attribute AH. FFh A: attribute A from here; 0Dh: next line, same column. Moves DI.
print:
    movw %di, %dx
1:  lodsb
    testb %al, %al
    jz 4f
    cmpb $0xFF, %al
    je 2f
    cmpb $0x0D, %al
    je 3f
    stosw
    jmp 1b
2:  lodsb
    movb %al, %ah
    jmp 1b
3:  addw A(line_bytes), %dx
    movw %dx, %di
    jmp 1b
4:  ret

// A double-lined box with a shadow at DI: CX columns and BX lines inside, attribute AH.
box:
    pushw %di
    movb $0xC9, %al
    movw $0xBBCD, %dx
    call box_line
    popw %di
1:  addw A(line_bytes), %di
    pushw %di
    movb $0xBA, %al
    movw $0xBA20, %dx
    call box_line
    call box_shadow
    popw %di
    decw %bx
    jnz 1b
    addw A(line_bytes), %di
    pushw %di
    movb $0xC8, %al
    movw $0xBCCD, %dx
    call box_line
    call box_shadow
    popw %di
    addw A(line_bytes), %di
    addw $5, %di
    addw $2, %cx
2:  movb $8, %es:(%di)
    addw $2, %di
    loop 2b
    ret
box_line:
    stosw
    movb %dl, %al
    pushw %cx
    rep stosw
    popw %cx
    movb %dh, %al
    stosw
    ret
box_shadow:
    movb $8, %es:1(%di)
    movb $8, %es:3(%di)
    ret

// EAX in decimal at DI, attribute BH, and two blanks over what stood there. Moves DI.
decimal:
    movl $10, %ecx
    xorw %bp, %bp
1:  xorl %edx, %edx
    divl %ecx
    pushw %dx
    incw %bp
    testl %eax, %eax
    jnz 1b
2:  popw %ax
    addb $'0', %al
    movb %bh, %ah
    stosw
    decw %bp
    jnz 2b
    movb $' ', %al
    stosw
    stosw
    ret

// AL as two hexadecimal digits at DI, attribute BH. Moves DI.
hex:
    pushw %ax
    shrb $4, %al
    call 1f
    popw %ax
1:  andb $15, %al
    cmpb $10, %al
    jb 2f
    addb $('A' - '9' - 1), %al
2:  addb $'0', %al
    movb %bh, %ah
    stosw
    ret

// The clock's time at DI, attribute BH.
time_of_day:
    pushw %bx
    movb $2, %ah
    int $0x1A
    popw %bx
    jc 1f
    movb %ch, %al
    call hex
    movb $':', %al
    stosw
    movb %cl, %al
    call hex
    movb $':', %al
    stosw
    movb %dh, %al
    call hex
1:  ret

#include "showcase-title.h"
#include "showcase-pages.h"
#include "showcase-picture.h"

guestcode_showcase_end:
