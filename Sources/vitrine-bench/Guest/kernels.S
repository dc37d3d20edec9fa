// Micro kernels: one feature of the processor each, in a loop of ECX turns. EAX, EBX, EDX, ESI, EDI and EBP begin as 1 to 6 and are the kernel's own;
// what EAX, EBX and EDX hold at the end must be the same on every processor.
//
// Text stands apart from data, so that only `smc` writes to a page with code.

    .macro kernel name
    .balign 64
    .globl \name
\name:
    .endm

    .macro next label
    decl %ecx
    jnz \label
    ret
    .endm

    .text

// uint32_t enter(void (*kernel)(void), uint32_t turns): a digest of the registers at the kernel's end.
    .globl enter
enter:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 20(%esp), %eax
    movl %eax, target
    movl 24(%esp), %ecx
    movl $1, %eax
    movl $2, %ebx
    movl $3, %edx
    movl $4, %esi
    movl $5, %edi
    movl $6, %ebp
    cld
    call *target
    imull $31, %eax
    addl %ebx, %eax
    imull $31, %eax
    addl %edx, %eax
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

// ---- Integers

kernel decjnz
    next decjnz

kernel alu8                             // eight instructions whose flags nobody reads
    addl %esi, %eax
    xorl %eax, %ebx
    subl %ebx, %edx
    orl $8, %esi
    shrl $1, %ebx
    leal 3(%edx,%eax,2), %edi
    andl $0x00FFFFFF, %esi
    notl %edx
    next alu8

kernel flags                            // every flag written is read
    addl %ebx, %eax
    adcl $0, %edx
    cmpl %edx, %eax
    setl %bl
    cmovcl %eax, %esi
    rcrl $1, %edi
    sbbl %ebp, %ebp
    subl %ebp, %eax
    next flags

kernel muldiv
    leal 7(%ecx), %eax
    movl $0x10001, %ebx
    mull %ebx
    andl $0x7FFF, %edx
    divl %ebx
    imull %edx, %eax
    next muldiv

kernel branchy                          // three branches that follow no pattern
    imull $1103515245, %eax, %eax
    addl $12345, %eax
    testl $0x00010000, %eax
    jnz 1f
    incl %edx
1:  testl $0x00400000, %eax
    jz 2f
    addl %edx, %ebx
2:  cmpl %ebx, %eax
    jbe 3f
    xorl %eax, %esi
3:  next branchy

// ---- Memory

kernel ldst
    movl $buffer, %esi
1:  movl %ecx, %edi
    andl $0x7FF, %edi
    movl (%esi,%edi,4), %eax
    movl 32(%esi,%edi,4), %edx
    addl %edx, %eax
    movl %eax, 96(%esi,%edi,4)
    movl %edx, 16384(%esi,%edi,4)
    next 1b

kernel rmw
    movl $buffer, %esi
1:  movl %ecx, %edi
    andl $0x7FF, %edi
    addl $3, (%esi,%edi,4)
    incl 16384(%esi)
    decl %ecx
    jnz 1b
    movl 16384(%esi), %eax
    ret

kernel pushpop
    pushl %eax
    pushl %edx
    pushl %ecx
    popl %eax
    popl %ebx
    popl %edx
    next pushpop

kernel movsd16k                         // copies of 16 KiB
    movl %ecx, %ebx
1:  movl $buffer, %esi
    movl $buffer + 65536, %edi
    movl $4096, %ecx
    rep movsl
    decl %ebx
    jnz 1b
    movl buffer + 65536 + 16380, %eax
    ret

kernel movsb16                          // copies of 16 bytes
    movl %ecx, %ebx
1:  movl $buffer, %esi
    movl $buffer + 65536, %edi
    movl $16, %ecx
    rep movsb
    decl %ebx
    jnz 1b
    movl buffer + 65536, %eax
    ret

kernel lodstos                          // byte by byte, without REP
1:  movl $buffer, %esi
    movl $buffer + 65536, %edi
    movl $4096, %edx
2:  lodsb
    stosb
    decl %ecx
    jz 3f
    decl %edx
    jnz 2b
    jmp 1b
3:  ret

// ---- Control transfer

kernel callret
    call 1f
    next callret
    .balign 16
1:  incl %eax
    ret

kernel indcall                          // four targets in turn
    movl %ecx, %ebx
    andl $3, %ebx
    call *targets(,%ebx,4)
    next indcall
    .balign 16
plus:
    addl $5, %eax
    ret
minus:
    subl $2, %eax
    ret
less:
    decl %edx
    ret
mixed:
    xorl %eax, %edx
    ret

// ---- Floating point and vectors

kernel x87
    fldz
1:  fldl half
    fmull third
    faddp
    fld %st(0)
    fsubl half
    fstpl scratch
    decl %ecx
    jnz 1b
    fstp %st(0)
    movl scratch, %eax
    movl scratch + 4, %edx
    ret

kernel x87trans
    fldpi
1:  fldl third
    fadd %st(1)
    fcos
    fabs
    fsqrt
    fstpl scratch
    decl %ecx
    jnz 1b
    fstp %st(0)
    movl scratch + 4, %eax              // the last digits are the processor's own
    ret

kernel sse2
    movaps ones, %xmm0
    xorps %xmm1, %xmm1
    pxor %xmm2, %xmm2
    pxor %xmm3, %xmm3
1:  movaps ones, %xmm4
    mulps %xmm0, %xmm4
    addps %xmm4, %xmm1
    paddd counts, %xmm2
    movdqa %xmm2, %xmm5
    pxor %xmm5, %xmm3
    movaps %xmm1, buffer
    decl %ecx
    jnz 1b
    movd %xmm1, %eax
    movd %xmm3, %edx
    ret

// ---- What belongs to the system

kernel segload
    movl %ds, %eax
1:  movl %eax, %es
    pushl %es
    popl %es
    decl %ecx
    jnz 1b
    xorl %eax, %eax                     // selectors are the system's
    ret

kernel pushfpopf
    pushfl
    popfl
    next pushfpopf

kernel smc                              // writes MOV EAX, turn; RET and calls it
    movl $code, %edi
1:  movb $0xB8, (%edi)
    movl %ecx, 1(%edi)
    movb $0xC3, 5(%edi)
    call *%edi
    addl %eax, %edx
    decl %ecx
    jnz 1b
    ret

#ifndef LINUX
kernel out80
    outb %al, $0x80
    next out80

kernel sticli
    sti
    nop
    cli
    next sticli

kernel intiret
    int $0x30
    next intiret

kernel stride                           // a page further each time: more pages than a TLB has entries
    movl $arena, %esi
    xorl %edi, %edi
1:  addl $4096 + 64, %edi
    andl $0x3FFFFF, %edi
    addl (%esi,%edi), %eax
    next 1b

kernel cr3load                          // a new address space, sixteen of its pages touched
1:  movl %cr3, %edi
    movl %edi, %cr3
    movl $arena, %esi
    .rept 16
    addl (%esi), %eax
    addl $4096, %esi
    .endr
    next 1b

kernel invlpg1
    invlpg arena
    addl arena, %eax
    next invlpg1

// ---- From the boot loader to C. Source: Multiboot Specification 0.6.96 §3.1, §3.2.
    .section .multiboot, "a", @progbits
    .balign 4
    .long 0x1BADB002, 0, -0x1BADB002

    .text
    .globl entry, on_fault, on_interrupt
entry:
    cli
    movl $stack_end, %esp
    pushl %ebx                          // the loader's information
    call start
on_fault:
    call fault
on_interrupt:
    iret

    .globl set_segments
set_segments:                           // CS 8, the others 16
    ljmp $8, $1f
1:  movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    ret
#endif

    .data
    .balign 16
ones:    .float 1, 1, 1, 1
counts:  .long 1, 2, 3, 4
half:    .double 0.5
third:   .double 0.375
scratch: .quad 0
target:  .long 0
targets: .long plus, minus, less, mixed

    .bss
    .balign 4096
    .globl buffer
buffer:  .skip 131072
#ifndef LINUX
    .globl arena
arena:   .skip 4 << 20
    .skip 16384
stack_end:
#endif

    .section .written, "awx", @progbits
    .balign 4096
code:
    .skip 4096, 0x90

    .section .note.GNU-stack, "", @progbits
