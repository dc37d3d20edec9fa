// Kernel interfaces that Swift's Glibc module does not import.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H
#include <sys/syscall.h>
#include <unistd.h>

/// memfd_create(2) with MFD_CLOEXEC; -1 and errno on failure.
static inline int clinux_memfd(const char *name) { return (int)syscall(SYS_memfd_create, name, 1u); }

#endif
