// A bootable floppy in the manner of DOS programs: 16-bit code in the medium and large memory models. It does the same work TURNS times, prints
// `SEGMENTS xxxxxxxx` with a checksum of all that it computed on COM1, and powers off.
//
// CS, DS, ES and SS differ. Procedures of the library are called far, their variables and tables stand among them and change while they run.

#define TURNS 5000
#define CODE 0x1000
#define LIBRARY_AT 0x800
#define LIBRARY (CODE + LIBRARY_AT / 16)
#define STACK 0x2000
#define DATA 0x3000
#define FLAGS 0x4000
#define LIST 0x5000
#define OUTPUT 0x6000

#define A(label) (label - guestcode_segments_start)
#define L(label) (label - library)

// In DATA
#define SUM 0x0000
#define POINTER 0x0004
#define WRITTEN 0x0008
#define NUMBERS 0x0100
#define STRINGS 0x0400
#define TEXT 0x0800
#define TEXT_SIZE 1024
#define STRING_COUNT 48
#define NUMBER_WORDS 48
#define PREFIX 256
#define NODES 256
#define FLAG_COUNT 2048
#define FUNCTIONS 13

    .section .rodata.guestcode, "a", @progbits
    .globl guestcode_segments_start, guestcode_segments_end
    .hidden guestcode_segments_start, guestcode_segments_end
    .balign 16
    .code16
guestcode_segments_start:
    cli
    xorw %ax, %ax
    movw %ax, %ss
    movw $0x7C00, %sp
    sti
    cld
    movw $CODE, %ax                 // the whole of the first track
    movw %ax, %es
    xorw %bx, %bx
    movw $0x0212, %ax
    movw $0x0001, %cx
    xorb %dh, %dh
    int $0x13
    jc 1f
    ljmpw $CODE, $A(main)
1:  hlt
    jmp 1b
    .org guestcode_segments_start + 510
    .word 0xAA55

main:
    movw $STACK, %ax
    movw %ax, %ss
    movw $0xFFFE, %sp
    xorw %ax, %ax
    movw %ax, %es
    movw $L(dispatcher), %es:0x21 * 4
    movw $LIBRARY, %es:0x21 * 4 + 2
    movw $DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    xorw %di, %di
    movw $0x4000, %cx
    xorw %ax, %ax
    rep stosw
    movw $1, NUMBERS
    movw $3, NUMBERS + NUMBER_WORDS * 2
    lcallw $LIBRARY, $L(make_crc_table)
    call make_list

turn:
    call fill_text
    call sieve
    call sort
    call unpack
    call add_numbers
    call count_letters
    call walk_list
    call characters
    movw $9, %ax
    pushw %ax
    call fibonacci
    call fold
    pushw $OUTPUT
    pushw $0
    pushw $2048
    lcallw $LIBRARY, $L(crc)
    call fold
    movw %cs:A(turns), %ax
    call decimal
    decw %cs:A(turns)
    jnz turn

    movw $A(title), %si
1:  movb %cs:(%si), %al
    incw %si
    testb %al, %al
    jz 2f
    call put
    jmp 1b
2:  movw SUM + 2, %ax
    call put_word
    movw SUM, %ax
    call put_word
    movb $10, %al
    call put

    hlt                             // two ticks, in which who measures can look
    hlt
    movl $0x80000B40, %eax          // the power management function's ports, from its configuration space
    movw $0xCF8, %dx
    outl %eax, %dx
    movw $0xCFC, %dx
    inw %dx, %ax
    andw $0xFFC0, %ax
    addw $4, %ax
    movw %ax, %dx
    movw $0x2000, %ax               // soft off
    outw %ax, %dx
3:  hlt
    jmp 3b

turns: .word TURNS
title: .asciz "SEGMENTS "

put_word:
    movw $4, %cx
1:  rolw $4, %ax
    pushw %ax
    andb $15, %al
    cmpb $10, %al
    sbbb $0x69, %al
    das
    orb $0x20, %al
    call put
    popw %ax
    loop 1b
    ret

put:
    pushw %ax
    movw $0x3FD, %dx
1:  inb %dx, %al
    testb $0x20, %al
    jz 1b
    popw %ax
    movw $0x3F8, %dx
    outb %al, %dx
    ret

// sum = rotate left by 1, plus AX. Keeps all registers.
fold:
    pushw %dx
    movw SUM, %dx
    shlw $1, %dx
    rclw $1, SUM + 2
    adcw $0, %dx
    addw %ax, %dx
    movw %dx, SUM
    adcw $0, SUM + 2
    popw %dx
    ret

// TEXT: letters
fill_text:
    pushw %ds
    popw %es
    movw $TEXT, %di
    movw $TEXT_SIZE, %cx
    jcxz 2f
1:  lcallw $LIBRARY, $L(random)
    andb $15, %ah
    addb $'a', %ah
    xchgb %ah, %al
    stosb
    loop 1b
2:  ret

sieve:
    movw $FLAGS, %ax
    movw %ax, %es
    xorw %di, %di
    movb $1, %al
    movw $FLAG_COUNT, %cx
    rep stosb
    movw $2, %bx
1:  cmpb $0, %es:(%bx)
    je 3f
    movw %bx, %si
    addw %bx, %si
2:  cmpw $FLAG_COUNT, %si
    jae 3f
    movb $0, %es:(%si)
    addw %bx, %si
    jmp 2b
3:  incw %bx
    cmpw $46, %bx
    jb 1b
    xorw %ax, %ax
    movw $2, %bx
4:  addb %es:(%bx), %al
    adcb $0, %ah
    incw %bx
    cmpw $FLAG_COUNT, %bx
    jb 4b
    jmp fold

// Insertion sort of pointers to strings of eight letters
sort:
    pushw %ds
    popw %es
    movw $STRINGS, %di
    movw $TEXT, %ax
    movw $STRING_COUNT, %cx
1:  stosw
    addw $8, %ax
    loop 1b
    movw $STRINGS + 2, %bx
2:  movw (%bx), %dx
    movw %bx, %bp
3:  cmpw $STRINGS, %bp
    jbe 4f
    movw %ds:-2(%bp), %si
    movw %dx, %di
    movw $8, %cx
    repe cmpsb
    jbe 4f
    movw %ds:-2(%bp), %ax
    movw %ax, %ds:(%bp)
    subw $2, %bp
    jmp 3b
4:  movw %dx, %ds:(%bp)
    addw $2, %bx
    cmpw $STRINGS + STRING_COUNT * 2, %bx
    jb 2b
    movw $STRINGS, %si
    movw $STRING_COUNT, %cx
5:  lodsw
    call fold
    loop 5b
    ret

// Tokens from TEXT to OUTPUT: odd letters are lengths, followed by a distance; even ones stand for themselves.
unpack:
    movw $OUTPUT, %ax
    movw %ax, %es
    movw $TEXT, %si
    xorw %di, %di
    movw $PREFIX / 2, %cx
    rep movsw
1:  cmpw $TEXT + TEXT_SIZE - 1, %si
    jae 3f
    lodsb
    testb $1, %al
    jnz 2f
    stosb
    jmp 1b
2:  movb %al, %cl
    andw $14, %cx
    addw $3, %cx
    lodsb
    andw $15, %ax
    incw %ax
    pushw %ds
    pushw %es
    popw %ds
    pushw %si
    movw %di, %si
    subw %ax, %si
    rep movsb
    popw %si
    popw %ds
    jmp 1b
3:  movw %di, %ax
    jmp fold

// Two numbers of many words: the second is added to the first, then the first to the second; then the first times 40503
add_numbers:
    pushw %ds
    popw %es
    movw $8, %dx
1:  movw $NUMBERS + NUMBER_WORDS * 2, %si
    movw $NUMBERS, %di
    call add_number
    movw $NUMBERS, %si
    movw $NUMBERS + NUMBER_WORDS * 2, %di
    call add_number
    decw %dx
    jnz 1b
    movw $NUMBERS, %di
    movw $NUMBER_WORDS, %cx
    xorw %bx, %bx
2:  movw (%di), %ax
    movw $40503, %dx
    mulw %dx
    addw %bx, %ax
    adcw $0, %dx
    movw %dx, %bx
    stosw
    loop 2b
    movw %bx, %ax
    jmp fold
add_number:
    movw $NUMBER_WORDS, %cx
    clc
1:  lodsw
    adcw %ax, (%di)
    leaw 2(%di), %di
    loop 1b
    movw -2(%di), %ax
    jmp fold

count_letters:
    pushw %ds
    popw %es
    movw $TEXT, %di
    movw $TEXT_SIZE, %cx
    xorw %dx, %dx
    movb $'e', %al
1:  jcxz 2f
    repne scasb
    jne 2f
    incw %dx
    jmp 1b
2:  movw %dx, %ax
    jmp fold

// A list through 256 segments: a far pointer to the next, and a word
make_list:
    movw $LIST, %dx
    movw $NODES, %cx
    xorw %bx, %bx
1:  movw %dx, %es
    movw %bx, %ax
    addw $37, %ax
    andw $NODES - 1, %ax
    movw %ax, %si
    shlw $1, %si
    addw %ax, %si
    addw $LIST, %si
    andw $15, %ax
    movw %bx, %di
    andw $15, %di
    movw %ax, %es:(%di)
    movw %si, %es:2(%di)
    movw %bx, %es:4(%di)
    addw $3, %dx
    incw %bx
    loop 1b
    movw $0, POINTER
    movw $LIST, POINTER + 2
    ret
walk_list:
    lesw POINTER, %bx
    movw $NODES - 1, %cx
1:  movw %es:4(%bx), %ax
    addw %cx, %ax
    movw %ax, %es:4(%bx)
    call fold
    lesw %es:(%bx), %bx
    loop 1b
    movw %bx, POINTER
    movw %es, POINTER + 2
    ret

// Letters by the dispatcher, which keeps them in capitals, and its count of calls
characters:
    movw $0, WRITTEN
    movw $TEXT, %si
    movw $128, %cx
1:  lodsb
    movb $2, %ah
    movb %al, %dl
    int $0x21
    loop 1b
    movb $0x0C, %ah
    int $0x21
    call fold
    movw WRITTEN, %ax
    jmp fold

// AX = fibonacci of the word on the stack, which is taken off
fibonacci:
    pushw %bp
    movw %sp, %bp
    subw $2, %sp
    movw 4(%bp), %ax
    cmpw $2, %ax
    jb 1f
    decw %ax
    pushw %ax
    call fibonacci
    movw %ax, -2(%bp)
    movw 4(%bp), %ax
    subw $2, %ax
    pushw %ax
    call fibonacci
    addw -2(%bp), %ax
1:  movw %bp, %sp
    popw %bp
    ret $2

// Folds AX's decimal digits.
decimal:
    movw $10, %bx
1:  xorw %dx, %dx
    divw %bx
    xchgw %ax, %dx
    call fold
    xchgw %ax, %dx
    testw %ax, %ax
    jnz 1b
    ret

    .org guestcode_segments_start + LIBRARY_AT
library:
seed: .word 1
calls: .word 0

random:
    movw %cs:L(seed), %ax
    movw $25173, %dx
    mulw %dx
    addw $13849, %ax
    movw %ax, %cs:L(seed)
    lretw

crc_table: .space 512

make_crc_table:
    xorw %bx, %bx
1:  movw %bx, %ax
    movw $8, %cx
2:  shrw $1, %ax
    jnc 3f
    xorw $0xA001, %ax
3:  loop 2b
    movw %bx, %di
    shlw $1, %di
    movw %ax, %cs:L(crc_table)(%di)
    incw %bx
    cmpw $256, %bx
    jb 1b
    lretw

// AX = CRC of far pointer and count on the stack, which are taken off
crc:
    pushw %bp
    movw %sp, %bp
    pushw %ds
    ldsw 8(%bp), %si
    movw 6(%bp), %cx
    movw $0xFFFF, %dx
    jcxz 2f
1:  lodsb
    movb %dl, %bl
    xorb %al, %bl
    xorb %bh, %bh
    shlw $1, %bx
    movb %dh, %dl
    xorb %dh, %dh
    xorw %cs:L(crc_table)(%bx), %dx
    loop 1b
2:  movw %dx, %ax
    popw %ds
    popw %bp
    lretw $6

// INT 21h. AH = 2: writes DL, in capitals; AH = 0Ch: AX = calls so far
dispatcher:
    sti
    cld
    pushw %bx
    pushw %ds
    pushw %es
    incw %cs:L(calls)
    movw $DATA, %bx
    movw %bx, %ds
    movb %ah, %bl
    xorb %bh, %bh
    cmpb $FUNCTIONS, %bl
    jae 1f
    shlw $1, %bx
    call *%cs:L(functions)(%bx)
1:
    popw %es
    popw %ds
    popw %bx
    iretw

    .balign 2
functions:
    .word L(nothing), L(nothing), L(write_letter), L(nothing), L(nothing), L(nothing), L(nothing), L(nothing)
    .word L(nothing), L(nothing), L(nothing), L(nothing), L(tell_calls)

write_letter:
    movw $capitals - library - 'a', %bx
    movb %dl, %al
    .byte 0x2E, 0xD7                // xlatb %cs:(%bx), which LLVM takes for DS
    movb %al, %cs:L(last)
    xorb %ah, %ah
    addw %ax, WRITTEN
    ret
last: .byte 0
capitals: .ascii "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

tell_calls:
    movw %cs:L(calls), %ax
nothing:
    ret
guestcode_segments_end:
