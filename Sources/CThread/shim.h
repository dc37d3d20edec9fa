// GNU extensions of POSIX threads that Swift's Glibc module does not import, and the handler that contains a thread's crash: it must be safe at any
// moment, so it is C over plain memory.
#ifndef CTHREAD_SHIM_H
#define CTHREAD_SHIM_H
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int pthread_setname_np(pthread_t thread, const char *name);
int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline);

/// Names the calling thread; the host shows the first 15 bytes.
static inline void cthread_set_name(const char *name) { pthread_setname_np(pthread_self(), name); }
/// Waits until `deadline` of CLOCK_MONOTONIC; 0 when a signal came.
static inline int cthread_wait(sem_t *semaphore, const struct timespec *deadline) {
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
}

/// One contained thread: which signal ended it, 0 while it is well, and the semaphore that is posted then.
struct cthread_record {
    volatile sig_atomic_t signal;
    sem_t *wake;
};

enum { CTHREAD_CRASHES = 6 };
struct cthread_shared {
    struct sigaction previous[65];
};
// Statics inside functions: those at file level do not cross into Swift's object files.
static inline struct cthread_shared *cthread_shared(void) {
    static struct cthread_shared shared;
    return &shared;
}
static inline struct cthread_record **cthread_own(void) {
    static _Thread_local struct cthread_record *own;
    return &own;
}
static inline int cthread_crash_signal(int index) {
    static const int numbers[CTHREAD_CRASHES] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    return numbers[index];
}

/// Where the calling thread is a contained one: reports its crash and never returns. Otherwise 0.
static inline int cthread_contain(int number) {
    struct cthread_record *record = *cthread_own();
    if (!record) return 0;
    record->signal = number;
    sem_post(record->wake);
    for (;;) pause();
}

/// Whoever handled the signal before has the crashes of all other threads.
static inline void cthread_on_crash(int number) {
    if (cthread_contain(number)) return;
    sigaction(number, &cthread_shared()->previous[number], NULL);
    if (number == SIGABRT) raise(number);
}

/// Call once.
static inline void cthread_install(void) {
    for (int i = 0; i < CTHREAD_CRASHES; i++) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        sigemptyset(&action.sa_mask);
        action.sa_handler = cthread_on_crash;
        action.sa_flags = SA_ONSTACK | SA_NODEFER;
        sigaction(cthread_crash_signal(i), &action, &cthread_shared()->previous[cthread_crash_signal(i)]);
    }
}

/// From now on a crash of the calling thread is its own. The handler has a stack of its own, so that an overflow of the thread's is a crash too.
static inline void cthread_enter(struct cthread_record *record) {
    static _Thread_local char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    *cthread_own() = record;
}
static inline void cthread_leave(void) { *cthread_own() = NULL; }

/// The processor's time-stamp counter; 0 where there is none to read like this.
static inline unsigned long long cthread_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

#endif
