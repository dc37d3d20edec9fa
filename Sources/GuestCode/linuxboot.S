// The option ROM behind `--kernel`: the BIOS posts first, finds this ROM in fw_cfg, and calls its bootstrap entry vector (BEV).
// Blobs and their places come from fw_cfg under QEMU's keys. A set-up part means Linux's boot protocol (real mode), none Multiboot.
// Sources: PnP BIOS Specification 1.0A §3.2; Linux Documentation/arch/x86/boot.rst; Multiboot 0.6.96 §3.2; QEMU docs/specs/fw_cfg.rst.
//
// Whoever hands this ROM out sets its last byte so that all bytes add up to 0.

#define SELECTOR 0x510
#define DMA_LOW 0x518
#define KEY_ID 0x01
#define KERNEL_ADDR 0x07
#define KERNEL_SIZE 0x08
#define INITRD_ADDR 0x0A
#define INITRD_SIZE 0x0B
#define KERNEL_ENTRY 0x10
#define KERNEL_DATA 0x11
#define INITRD_DATA 0x12
#define CMDLINE_ADDR 0x13
#define CMDLINE_SIZE 0x14
#define CMDLINE_DATA 0x15
#define SETUP_ADDR 0x16
#define SETUP_SIZE 0x17
#define SETUP_DATA 0x18

#define OFFSET(label) (label - guestcode_linuxboot_start)

    .section .rodata.guestcode, "a", @progbits
    .globl guestcode_linuxboot_start, guestcode_linuxboot_end
    .hidden guestcode_linuxboot_start, guestcode_linuxboot_end
    .balign 16
    .code16
guestcode_linuxboot_start:
    .word 0xAA55
    .byte (guestcode_linuxboot_end - guestcode_linuxboot_start) / 512
    lretw                           // nothing to initialise
    .org guestcode_linuxboot_start + 0x18
    .word 0                         // no PCI data: no device
    .word OFFSET(expansion)
    .balign 16
expansion:
    .ascii "$PnP"
    .byte 1, 2                      // revision, length in 16 bytes
    .word 0                         // no further header
    .byte 0, 0                      // reserved, checksum (SeaBIOS does not ask for it)
    .long 0
    .word OFFSET(maker)
    .word OFFSET(product)
    .long 0
    .word 0, 0                      // no boot connection, no disconnect
    .word OFFSET(bootstrap)
    .word 0, 0

bootstrap:
    cli
    cld
    xorw %ax, %ax                   // a stack that no blob will cover
    movw %ax, %ss
    movl $0x7C00, %esp
    call big_segments

    movl $(KERNEL_ADDR | KERNEL_SIZE << 8 | KERNEL_DATA << 16), %ebx
    call load
    movl $(INITRD_ADDR | INITRD_SIZE << 8 | INITRD_DATA << 16), %ebx
    call load
    movl $(CMDLINE_ADDR | CMDLINE_SIZE << 8 | CMDLINE_DATA << 16), %ebx
    call load
    movw $SETUP_SIZE, %ax
    call read_long
    testl %eax, %eax
    jz multiboot
    movl $(SETUP_ADDR | SETUP_SIZE << 8 | SETUP_DATA << 16), %ebx
    call load

    // boot.rst, "Running the Kernel": all segments at the set-up part, the stack at its segment's end, entry 20h paragraphs in
    movw $SETUP_ADDR, %ax
    call read_long
    shrl $4, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $0xFFF0, %esp
    addw $0x20, %ax
    pushw %ax
    pushw $0
    lretw

multiboot:
    movw $KERNEL_ENTRY, %ax
    call read_long
    movl %eax, %ecx
    movw $INITRD_ADDR, %ax          // the information structure comes first in this blob
    call read_long
    movl %eax, %ebx
    xorl %eax, %eax
    movw %cs, %ax
    shll $4, %eax
    addl $OFFSET(protected), %eax
    pushl $8
    pushl %eax
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    lretl
    .code32
protected:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl $0x2BADB002, %eax
    jmp *%ecx
    .code16

// Gives ES base 0 and 4 GiB, and leaves the descriptor table for `multiboot`.
big_segments:
    xorl %eax, %eax
    movw %cs, %ax
    shll $4, %eax
    addl $OFFSET(descriptors), %eax
    pushl %eax
    pushw $23
    movw %sp, %bp
    lgdtl (%bp)
    addw $6, %sp
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    jmp 1f                          // the processor may have decoded ahead
1:  movw $0x10, %bx
    movw %bx, %es
    andb $0xFE, %al
    movl %eax, %cr0
    jmp 2f
2:  ret

// Loads a blob: BL, BH and bits 16...23 of EBX are the keys of its address, size and data.
load:
    movzbw %bl, %ax
    call read_long
    movl %eax, %edi
    movzbw %bh, %ax
    call read_long
    movl %eax, %ecx
    jecxz 3f
    movw $KEY_ID, %ax
    call read_long
    shrl $16, %ebx
    testb $2, %al
    jz 2f

    // By DMA: the device reads a big-endian control block of control, length and address at the address it is given.
    bswapl %edi
    pushl %edi
    pushl $0
    bswapl %ecx
    pushl %ecx
    movl %ebx, %eax
    shll $16, %eax
    orb $0x0A, %al                  // select and read
    bswapl %eax
    pushl %eax
    movw %sp, %bp
    movl %esp, %eax                 // SS is 0
    bswapl %eax
    movw $DMA_LOW, %dx
    outl %eax, %dx
1:  testb $1, 3(%bp)
    jnz failed
    cmpl $0, (%bp)
    jne 1b
    addw $16, %sp
    ret

2:  movw %bx, %ax
    movw $SELECTOR, %dx
    outw %ax, %dx
    incw %dx
    .byte 0x67, 0xF3, 0x6C          // addr32 rep insb
3:  ret

failed:
    hlt
    jmp failed

// EAX = the little-endian number under key AX. Spoils DX.
read_long:
    movw $SELECTOR, %dx
    outw %ax, %dx
    incw %dx
    pushw %cx
    movb $4, %cl
1:  inb %dx, %al
    rorl $8, %eax
    decb %cl
    jnz 1b
    popw %cx
    ret

    .balign 8
descriptors:
    .quad 0
    .quad 0x00CF9B000000FFFF        // 08h: 32-bit code, flat
    .quad 0x00CF93000000FFFF        // 10h: data, flat
maker: .asciz "Vitrine"
product: .asciz "Kernel from the host"
    .org guestcode_linuxboot_start + 1024
guestcode_linuxboot_end:
