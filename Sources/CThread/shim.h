// GNU extensions of POSIX threads that Swift's Glibc module does not import.
#ifndef CTHREAD_SHIM_H
#define CTHREAD_SHIM_H
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

int pthread_setname_np(pthread_t thread, const char *name);
int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline);

/// Names the calling thread; the host shows the first 15 bytes.
static inline void cthread_set_name(const char *name) { pthread_setname_np(pthread_self(), name); }
/// Waits until `deadline` of CLOCK_MONOTONIC; 0 when a signal came.
static inline int cthread_wait(sem_t *semaphore, const struct timespec *deadline) {
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
}

#endif
