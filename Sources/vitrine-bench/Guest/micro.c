/* Runs the micro kernels of kernels.S and says so, on standard output as a Linux program, on COM1 as a Multiboot kernel:

       bench: start NAME
       bench: end NAME
       bench: micro NAME TURNS DIGEST MICROSECONDS      (the digest hexadecimal)
       bench: done

   Arguments: `share=N`, the turns in thousandths of a kernel's full number, and `only=,NAME,NAME,` for less than all. Kernels that need privileges are
   not in the Linux program, which alone knows the time; the bare machine says 0. An exception prints `bench: fault` and is the end. */
#include <stdint.h>

enum { BUFFER = 131072 };
extern uint32_t enter(void (*kernel)(void), uint32_t turns);
extern uint8_t buffer[BUFFER];

#define EVERYWHERE(K)                                                                                                                              \
    K(decjnz, 1000000000) K(alu8, 200000000) K(flags, 200000000) K(ldst, 200000000) K(rmw, 200000000) K(callret, 200000000)                        \
    K(indcall, 100000000) K(pushpop, 200000000) K(movsd16k, 2000000) K(movsb16, 20000000) K(lodstos, 200000000) K(muldiv, 100000000)               \
    K(x87, 100000000) K(x87trans, 5000000) K(sse2, 200000000) K(segload, 20000000) K(pushfpopf, 20000000) K(smc, 2000000)                          \
    K(branchy, 100000000)
#define PRIVILEGED(K) K(out80, 20000000) K(sticli, 20000000) K(intiret, 10000000)
#define PAGED(K) K(stride, 200000000) K(cr3load, 2000000) K(invlpg1, 5000000)

#define DECLARE(name, turns) extern void name(void);
EVERYWHERE(DECLARE)

static uint32_t share;
static const char *only;
static void put(const char *text);
static uint32_t microseconds(void);

/* Where `word` begins in `text`. There is no C library below this. */
static const char *find(const char *text, const char *word)
{
    for (; *text; text++) {
        uint32_t at = 0;
        while (word[at] && text[at] == word[at])
            at++;
        if (!word[at])
            return text;
    }
    return 0;
}

static void put_number(uint32_t value, uint32_t base)
{
    char digits[12], *at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = "0123456789abcdef"[value % base];
    while (value /= base);
    put(at);
}

static void put_line(const char *what, const char *name)
{
    put("bench: ");
    put(what);
    put(name);
    put("\n");
}

/* The beginning and the end of what can be asked of the command line. */
static int is_wanted(const char *name)
{
    char word[32] = ",";
    uint32_t length = 1;
    while (*name)
        word[length++] = *name++;
    word[length++] = ',';
    word[length] = 0;
    return !only || find(only, word);
}

/* The same bytes for every kernel, with no two words alike. */
static void fill(uint32_t *memory, uint32_t size)
{
    for (uint32_t word = 0; word < size / 4; word++)
        memory[word] = word * 2654435761u;
}

static void run(const char *name, void (*kernel)(void), uint32_t full)
{
    if (!is_wanted(name))
        return;
    fill((uint32_t *)buffer, BUFFER);
    uint32_t turns = full / 1000 * share;
    put_line("start ", name);
    uint32_t begin = microseconds(), digest = enter(kernel, turns), end = microseconds();
    put_line("end ", name);
    put("bench: micro ");
    put(name);
    put(" ");
    put_number(turns, 10);
    put(" ");
    put_number(digest, 16);
    put(" ");
    put_number(end - begin, 10);
    put("\n");
}

static void read_arguments(const char *line)
{
    const char *at = find(line, "share=");
    for (at = at ? at + 6 : "100"; *at >= '0' && *at <= '9'; at++)
        share = share * 10 + (uint32_t)(*at - '0');
    only = find(line, "only=");
}

#define RUN(name, turns) run(#name, name, turns);

#ifdef LINUX

#include <string.h>
#include <time.h>
#include <unistd.h>

static uint32_t microseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint32_t)time.tv_sec * 1000000 + (uint32_t)time.tv_nsec / 1000;
}

static void put(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

int main(int count, char **arguments)
{
    read_arguments(count > 1 ? arguments[1] : "");
    EVERYWHERE(RUN)
    put("bench: done\n");
    return 0;
}

#else

PRIVILEGED(DECLARE)
PAGED(DECLARE)

enum { COM1 = 0x3F8, LSR = 5, LCR = 3, THRE = 0x20, PIC1_DATA = 0x21, PIC2_DATA = 0xA1, PRESENT = 1, WRITABLE = 2, MAPPED = 16 << 20, ARENA = 4 << 20 };

struct table {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static uint64_t gdt[3] = {0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF}, idt[0x31];
static uint32_t directory[1024] __attribute__((aligned(4096))), pages[MAPPED / 4096] __attribute__((aligned(4096)));
extern uint8_t on_fault[], on_interrupt[], arena[];
extern void set_segments(void);

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put(const char *text)
{
    for (; *text; text++) {
        while (!(in(COM1 + LSR) & THRE))
            ;
        out(COM1, (uint8_t)*text);
    }
}

static uint32_t microseconds(void)
{
    return 0;
}

void fault(void)
{
    put("bench: fault\n");
    for (;;)
        __asm__ volatile("cli; hlt");
}

static void prepare(void)
{
    uint32_t value;
    out(PIC1_DATA, 0xFF);
    out(PIC2_DATA, 0xFF);
    out(COM1 + LCR, 3);
    for (uint32_t vector = 0; vector < sizeof idt / sizeof *idt; vector++) {
        uint32_t handler = (uint32_t)(vector == 0x30 ? on_interrupt : on_fault);
        idt[vector] = (uint64_t)(handler & 0xFFFF0000) << 32 | 0x8E0000080000 | (handler & 0xFFFF);
    }
    __asm__ volatile("lgdt %0" : : "m"((struct table){sizeof gdt - 1, (uint32_t)gdt}));
    __asm__ volatile("lidt %0" : : "m"((struct table){sizeof idt - 1, (uint32_t)idt}));
    set_segments();
    /* CR0: MP and NE set, EM and TS clear; CR4: OSFXSR, OSXMMEXCPT. SDM Vol. 3A 2.5 */
    __asm__ volatile("mov %%cr0, %0; and $~0xC, %0; or $0x22, %0; mov %0, %%cr0" : "=r"(value));
    __asm__ volatile("mov %%cr4, %0; or $0x600, %0; mov %0, %%cr4" : "=r"(value));
    __asm__ volatile("fninit");
}

static void turn_paging_on(void)
{
    for (uint32_t page = 0; page < MAPPED / 4096; page++)
        pages[page] = page << 12 | WRITABLE | PRESENT;
    for (uint32_t table = 0; table < MAPPED >> 22; table++)
        directory[table] = (uint32_t)(pages + 1024 * table) | WRITABLE | PRESENT;
    uint32_t value;
    __asm__ volatile("mov %1, %%cr3; mov %%cr0, %0; or $0x80010000, %0; mov %0, %%cr0" : "=&r"(value) : "r"(directory) : "memory");
}

/* `information`: Multiboot §3.3; the command line, which begins with the file's name, is at offset 16. */
void start(const uint32_t *information)
{
    prepare();
    read_arguments(information[0] & 4 ? (const char *)information[4] : "");
    EVERYWHERE(RUN)
    PRIVILEGED(RUN)
    turn_paging_on();
    fill((uint32_t *)arena, ARENA);
    run("ldstpaged", ldst, 200000000);
    PAGED(RUN)
    put("bench: done\n");
    for (;;)
        __asm__ volatile("cli; hlt");
}

#endif
