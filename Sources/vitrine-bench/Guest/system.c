/* system NAME N [PROGRAM]: what a system is asked for, N times: calls, processes, memory. Status 1: it answered something else than it should. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1 << 20 };
static const char *program;

static void expect(int condition)
{
    if (!condition)
        _exit(1);
}

static void reap(pid_t child)
{
    int status;
    expect(waitpid(child, &status, 0) == child && status == 0);
}

/* Pages of 4 KiB everywhere: the host might take larger ones. */
static volatile uint8_t *map(size_t size, int protection)
{
    void *memory = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(memory != MAP_FAILED);
    madvise(memory, size, MADV_NOHUGEPAGE);
    return memory;
}

static void touch(volatile uint8_t *memory, size_t size, uint8_t value)
{
    for (size_t at = 0; at < size; at += PAGE)
        memory[at] = value;
}

/* ---- Calls */

static void getppid_(long n)
{
    while (n-- > 0)
        syscall(SYS_getppid);
}

static void rw(long n)
{
    char bytes[512];
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    while (n-- > 0)
        expect(read(zero, bytes, sizeof bytes) == sizeof bytes && write(null, bytes, sizeof bytes) == sizeof bytes);
}

static void open_(long n)
{
    while (n-- > 0) {
        int file = open("/usr/bin/busybox", O_RDONLY);
        expect(file >= 0 && close(file) == 0);
    }
}

static void gtod(long n)
{
    struct timeval time;
    while (n-- > 0)
        gettimeofday(&time, NULL);
}

static volatile sig_atomic_t caught;

static void catch(int number)
{
    caught += number == SIGUSR1;
}

static void signal_(long n)
{
    signal(SIGUSR1, catch);
    for (long i = 0; i < n; i++)
        raise(SIGUSR1);
    expect(caught == n);
}

/* ---- Processes */

static void fork_(long n)
{
    while (n-- > 0) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        reap(child);
    }
}

static void forkexec(long n)
{
    while (n-- > 0) {
        pid_t child = fork();
        if (child == 0) {
            execl(program, program, "true", (char *)NULL);
            _exit(127);
        }
        reap(child);
    }
}

static void pipe_(long n)
{
    int there[2], back[2];
    uint8_t byte = 0;
    expect(pipe(there) == 0 && pipe(back) == 0);
    pid_t child = fork();
    for (long i = 0; i < n; i++)
        if (child == 0)
            expect(read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1);
        else
            expect(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
    if (child == 0)
        _exit(0);
    reap(child);
}

static void yield(long n)
{
    pid_t child = fork();
    while (n-- > 0)
        sched_yield();
    if (child == 0)
        _exit(0);
    reap(child);
}

/* ---- Memory */

static void mmap_(long n)
{
    while (n-- > 0) {
        volatile uint8_t *memory = map(4 * MIB, PROT_READ | PROT_WRITE);
        touch(memory, 4 * MIB, 1);
        munmap((void *)memory, 4 * MIB);
    }
}

static void cow(long n)
{
    volatile uint8_t *memory = map(4 * MIB, PROT_READ | PROT_WRITE);
    touch(memory, 4 * MIB, 1);
    while (n-- > 0) {
        pid_t child = fork();
        if (child == 0) {
            touch(memory, 4 * MIB, 2);
            _exit(0);
        }
        reap(child);
    }
    expect(memory[3 * MIB] == 1);
}

static void mprotect_(long n)
{
    volatile uint8_t *memory = map(16 * PAGE, PROT_READ | PROT_WRITE);
    while (n-- > 0) {
        mprotect((void *)memory, PAGE, PROT_READ);
        mprotect((void *)memory, PAGE, PROT_READ | PROT_WRITE);
        memory[0]++;
    }
    printf("%d\n", memory[0]);
}

/* Bytes here and there in 64 MiB: more pages than any TLB holds. */
static void tlb(long n)
{
    enum { SIZE = 64 * MIB };
    volatile uint8_t *memory = map(SIZE, PROT_READ | PROT_WRITE);
    uint32_t place = 1, sum = 0;
    for (uint32_t page = 0; page < SIZE / PAGE; page++)
        memory[page * PAGE + (page & 63) * 64] = (uint8_t)page;
    while (n-- > 0) {
        place = place * 1664525u + 1013904223u;
        uint32_t page = place >> 12 & (SIZE / PAGE - 1);
        sum += memory[page * PAGE + (page & 63) * 64];
    }
    printf("%u\n", sum);
}

static void memcpy_(long n)
{
    enum { SIZE = 8 * MIB };
    uint8_t *from = malloc(SIZE), *to = malloc(SIZE);
    expect(from && to);
    memset(from, 3, SIZE);
    memset(to, 4, SIZE);
    while (n-- > 0) {
        memcpy(to, from, SIZE);
        __asm__ volatile("" : : "r"(to) : "memory");
    }
    printf("%d\n", to[SIZE - 1]);
}

/* Writes MOV EAX, n; RET and calls it. */
static void jit(long n)
{
    volatile uint8_t *code = map(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    uint32_t sum = 0;
    while (n-- > 0) {
        code[0] = 0xB8;
        *(volatile uint32_t *)(code + 1) = (uint32_t)n;
        code[5] = 0xC3;
        sum += ((uint32_t(*)(void))code)();
    }
    printf("%u\n", sum);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*work)(long n);
    } all[] = {
        {"getppid", getppid_}, {"rw", rw},         {"open", open_}, {"gtod", gtod}, {"signal", signal_},
        {"fork", fork_},       {"forkexec", forkexec}, {"pipe", pipe_}, {"yield", yield}, {"mmap", mmap_},
        {"cow", cow},          {"mprotect", mprotect_}, {"tlb", tlb},   {"memcpy", memcpy_}, {"jit", jit},
    };
    program = count > 3 ? arguments[3] : "/bin/busybox";
    for (size_t i = 0; count >= 3 && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, arguments[1]) == 0) {
            all[i].work(atol(arguments[2]));
            return 0;
        }
    return 2;
}
