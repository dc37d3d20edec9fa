#define _GNU_SOURCE
#include "HostProcessor.h"

#if defined(__x86_64__) && defined(__linux__)

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

// What the entry and exit below address by name.
__attribute__((used, visibility("hidden"))) uint64_t host_saved_stack;
__attribute__((used, visibility("hidden"))) struct { uint32_t offset; uint16_t selector; } __attribute__((packed)) host_target;
static volatile int inside;
static volatile int ticks;
static HostState *current;
static uint64_t threadBase;
static uint8_t *codeAlias;

void host_enter(HostState *state);
void host_leave(void);
void host_signal(int, siginfo_t *, void *);

// Offsets: gpr 0, eip 32, eflags 36, segments 40, fxsave 80.
__asm__(
    ".text\n"
    ".type host_enter,@function\n"
    ".hidden host_enter\n"
    "host_enter:\n"
    "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "    mov %rsp, host_saved_stack(%rip)\n"
    "    fxrstor 80(%rdi)\n"
    "    mov 56(%rdi), %eax; mov %eax, %fs\n"
    "    mov 60(%rdi), %eax; mov %eax, %gs\n"
    "    mov 40(%rdi), %eax; mov %eax, %es\n"
    "    mov 52(%rdi), %eax; mov %eax, %ds\n"
    "    mov 32(%rdi), %eax; mov %eax, host_target(%rip)\n"
    "    mov 44(%rdi), %eax; mov %ax, host_target+4(%rip)\n"
    "    mov 36(%rdi), %eax; push %rax\n"
    "    mov 48(%rdi), %edx\n"
    "    mov 16(%rdi), %ebx\n"
    "    popfq\n"
    "    mov %edx, %ss\n"
    "    mov %ebx, %esp\n"
    "    mov 0(%rdi), %eax; mov 4(%rdi), %ecx; mov 8(%rdi), %edx; mov 12(%rdi), %ebx\n"
    "    mov 20(%rdi), %ebp; mov 24(%rdi), %esi; mov 28(%rdi), %edi\n"
    "    ljmp *host_target(%rip)\n"
    ".type host_leave,@function\n"
    ".hidden host_leave\n"
    "host_leave:\n"
    "    fninit\n"
    "    pushq $0x1F80; ldmxcsr (%rsp); pop %rax\n"
    "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "    ret\n"
    // A handler inherits AC, and with CR0.AM set compiled code may not run so.
    ".type host_signal,@function\n"
    ".hidden host_signal\n"
    "host_signal:\n"
    "    pushfq; andl $0xFFFBFFFF, (%rsp); popfq\n"
    "    jmp host_signal_body\n");

// FS, and with it the stack protector's canary, is the guest's until the thread's base is back.
__attribute__((used, visibility("hidden"), no_stack_protector)) void host_signal_body(int number, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    greg_t *r = uc->uc_mcontext.gregs;
    if (number == SIGALRM && (!inside || (r[REG_CSGSFS] & 0xFFFF) == 0x33 || ++ticks < 3)) {
        // It may have struck between entering and the far jump: the guest's FS is loaded there already, so nothing here may rely on it.
        return;
    }
    if (!inside || ((r[REG_CSGSFS] & 0xFFFF) == 0x33 && r[REG_RIP] >> 32 != 0)) _exit(99);
    (void)info;
    HostState *s = current;
    uint16_t es, ds, fs, gs;
    __asm__ volatile("mov %%es,%0; mov %%ds,%1; mov %%fs,%2; mov %%gs,%3" : "=r"(es), "=r"(ds), "=r"(fs), "=r"(gs));
    uint16_t zero = 0;
    __asm__ volatile("mov %0,%%fs; mov %0,%%gs; mov %0,%%es; mov %0,%%ds" ::"r"(zero));
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(threadBase) : "rcx", "r11", "memory");
    static const int order[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI};
    for (int i = 0; i < 8; i++) s->gpr[i] = (uint32_t)r[order[i]];
    s->eip = (uint32_t)r[REG_RIP];
    s->eflags = (uint32_t)r[REG_EFL];
    s->segments[0] = es;
    s->segments[1] = r[REG_CSGSFS] & 0xFFFF;
    s->segments[2] = (uint64_t)r[REG_CSGSFS] >> 48;
    s->segments[3] = ds;
    s->segments[4] = fs;
    s->segments[5] = gs;
    s->vector = number == SIGALRM ? HOST_WATCHDOG : (uint32_t)r[REG_TRAPNO];
    s->error = (uint32_t)r[REG_ERR];
    s->cr2 = (uint32_t)r[REG_CR2];
    memcpy(s->fxsave, uc->uc_mcontext.fpregs, 512);
    inside = 0;
    r[REG_RIP] = (greg_t)host_leave;
    r[REG_RSP] = (greg_t)host_saved_stack;
    r[REG_EFL] = 0x202;
    r[REG_CSGSFS] = (greg_t)((uint64_t)0x2B << 48 | 0x33);
}

static void copyMemory(HostCase *c, int in) {
    static const uint32_t places[4] = {HOST_DATA, HOST_DATA + 4096, HOST_DATA2, HOST_STACK};
    for (int i = 0; i < 4; i++) {
        void *place = (void *)(uintptr_t)places[i];
        if (in) memcpy(place, c->memory + i * 4096, 4096); else memcpy(c->memory + i * 4096, place, 4096);
    }
}

static void runOne(HostCase *c) {
    copyMemory(c, 1);
    memcpy(codeAlias + c->codeOffset, c->code, c->codeLength);
    current = &c->state;
    ticks = 0;
    inside = 1;
    host_enter(current);
    memset(codeAlias + c->codeOffset, 0xCC, c->codeLength);
    copyMemory(c, 0);
}

static int place(uint32_t at, size_t size, int protection, int flags, int fd) {
    void *wanted = (void *)(uintptr_t)at;
    return mmap(wanted, size, protection, MAP_FIXED_NOREPLACE | MAP_POPULATE | flags, fd, 0) == wanted ? 0 : -1;
}

static int prepareChild(const HostSegment *segments, int count, const uint8_t *readOnlyPage) {
    int fd = memfd_create("code", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 8192) != 0) return errno;
    codeAlias = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (codeAlias == MAP_FAILED) return errno;
    memset(codeAlias, 0xCC, 8192);
    if (place(HOST_CODE, 8192, PROT_READ | PROT_EXEC, MAP_SHARED, fd) != 0) return errno;
    if (place(HOST_DATA, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1) != 0) return errno;
    if (place(HOST_DATA2, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1) != 0) return errno;
    if (place(HOST_STACK, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1) != 0) return errno;
    memcpy((void *)(uintptr_t)(HOST_DATA + 8192), readOnlyPage, 4096);
    if (mprotect((void *)(uintptr_t)(HOST_DATA + 8192), 4096, PROT_READ) != 0) return errno;
    for (int i = 0; i < count; i++) {
        struct user_desc d;
        memset(&d, 0, sizeof d);
        d.entry_number = segments[i].number;
        d.base_addr = segments[i].base;
        d.limit = segments[i].limit;
        d.seg_32bit = segments[i].is32;
        d.contents = segments[i].contents;
        d.read_exec_only = segments[i].isReadOnly;
        d.limit_in_pages = segments[i].inPages;
        d.seg_not_present = segments[i].isNotPresent;
        d.useable = 1;
        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0) return errno ? errno : EINVAL;
    }
    if (syscall(SYS_arch_prctl, ARCH_GET_FS, &threadBase) != 0) return errno;
    stack_t stack = {.ss_sp = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 1 << 17};
    if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0) return errno;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = host_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
    sigset_t open;
    sigemptyset(&open);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigaction(numbers[i], &action, NULL) != 0) return errno;
        sigaddset(&open, numbers[i]);
    }
    sigprocmask(SIG_UNBLOCK, &open, NULL);
    struct itimerval timer = {{0, 200000}, {0, 200000}};
    return setitimer(ITIMER_REAL, &timer, NULL) == 0 ? 0 : errno;
}

static int transfer(int fd, void *bytes, size_t count, int in) {
    while (count > 0) {
        ssize_t n = in ? read(fd, bytes, count) : write(fd, bytes, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        bytes = (char *)bytes + n;
        count -= (size_t)n;
    }
    return 0;
}

int host_start(HostChild *self, int capacity, const HostSegment *segments, int segmentCount, const uint8_t *readOnlyPage) {
    int toChild[2], toParent[2];
    HostCase *shared = mmap(NULL, (size_t)capacity * sizeof(HostCase), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return errno;
    if (pipe2(toChild, O_CLOEXEC) != 0 || pipe2(toParent, O_CLOEXEC) != 0) return errno;
    pid_t process = fork();
    if (process < 0) return errno;
    if (process == 0) {
        close(toChild[1]);
        close(toParent[0]);
        int32_t word = prepareChild(segments, segmentCount, readOnlyPage);
        if (transfer(toParent[1], &word, sizeof word, 0) != 0 || word != 0) _exit(1);
        // A later child has the writing end of this pipe too, so its end alone would not be told.
        while (transfer(toChild[0], &word, sizeof word, 1) == 0 && word >= 0) {
            for (int32_t i = 0; i < word; i++) runOne(&shared[i]);
            if (transfer(toParent[1], &word, sizeof word, 0) != 0) break;
        }
        _exit(0);
    }
    close(toChild[0]);
    close(toParent[1]);
    *self = (HostChild){shared, toChild[1], toParent[0], process};
    int32_t word = -1;
    if (transfer(toParent[0], &word, sizeof word, 1) != 0) return ECHILD;
    return word;
}

int host_run(const HostChild *self, int count) {
    int32_t word = count;
    if (transfer(self->toChild, &word, sizeof word, 0) != 0) return -1;
    return transfer(self->fromChild, &word, sizeof word, 1);
}

void host_stop(const HostChild *self) {
    int32_t word = -1;
    transfer(self->toChild, &word, sizeof word, 0);
    close(self->toChild);
    close(self->fromChild);
    waitpid(self->process, NULL, 0);
}

int host_is_reference(void) {
    unsigned a, b, c, d;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(0), "2"(0));
    if (b != 0x68747541 || d != 0x69746E65 || c != 0x444D4163) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(1), "2"(0));
    unsigned family = (a >> 8 & 15) + (a >> 20 & 255);
    return family == 25 && (c & (1u << 20)) && (c & (1u << 23)) && (c & (1u << 9));
}

// The flags behind a scan that began with those in `flags`. The red zone below the stack pointer is the compiler's.
#define SCAN(operation, flags, source)                                                                                                              \
    ({                                                                                                                                              \
        uint64_t result, place = 0;                                                                                                                 \
        __asm__ volatile("lea -128(%%rsp),%%rsp; push %2; popfq; " operation " %k3,%k1; pushfq; pop %0; lea 128(%%rsp),%%rsp"                       \
                         : "=&r"(result), "+&r"(place) : "r"((uint64_t)(flags)), "r"((uint64_t)(source)) : "cc");                                   \
        result;                                                                                                                                     \
    })

int host_scan_leaves_flags(void) {
    static const uint32_t sources[] = {0, 1, 3, 6, 0x70, 0x80000000, 0xFFFFFFFF};
    const uint64_t undefined = 0x895;
    for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        for (unsigned set = 0; set < 2; set++) {
            uint64_t before = set ? undefined : 0;
            if ((SCAN("bsf", before | 2, sources[i]) & undefined) != before || (SCAN("bsr", before | 2, sources[i]) & undefined) != before) return 0;
        }
    }
    return 1;
}

#else

int host_scan_leaves_flags(void) { return 0; }

int host_is_reference(void) { return 0; }
int host_start(HostChild *child, int capacity, const HostSegment *segments, int segmentCount, const uint8_t *readOnlyPage) { return 38; }
int host_run(const HostChild *child, int count) { return -1; }
void host_stop(const HostChild *child) {}

#endif
