#ifndef HOST_PROCESSOR_H
#define HOST_PROCESSOR_H

#include <stdint.h>

// 32-bit user mode code on the host's processor, for comparison. The code runs in a child process, which maps memory below 4 GiB at fixed
// places, enters compatibility mode by a far jump and comes back through the signal of the trap or fault that ends the case.

enum {
    HOST_CODE = 0x10000000,       // two pages, executable, not writable, filled with INT3
    HOST_DATA = 0x20000000,       // two pages, then one that is read-only, then none
    HOST_DATA2 = 0x20004000,      // one page
    HOST_STACK = 0x30000000,      // one page
    HOST_MEMORY = 4 * 4096,       // data, data 2 and stack, as `HostCase.memory` has them
    HOST_CODE_BYTES = 128,
    HOST_WATCHDOG = 255,          // in `vector`: the case did not end
};

typedef struct {
    uint32_t gpr[8];
    uint32_t eip, eflags;
    uint32_t segments[6];         // ES, CS, SS, DS, FS, GS
    uint32_t vector, error, cr2, reserved;
    uint8_t fxsave[512];
} __attribute__((aligned(16))) HostState;

typedef struct {
    HostState state;
    uint32_t codeOffset, codeLength;
    uint8_t code[HOST_CODE_BYTES];
    uint8_t memory[HOST_MEMORY];
} __attribute__((aligned(16))) HostCase;

// The memory of a case: an array of this size is not imported.
static inline uint8_t *host_memory(HostCase *c) { return c->memory; }

// An entry of the local descriptor table, as modify_ldt takes it.
typedef struct {
    uint32_t number, base, limit;
    uint8_t is32, contents, isReadOnly, inPages, isNotPresent;
} HostSegment;

// The process that runs 32-bit code, and the cases that are shared with it.
typedef struct {
    HostCase *cases;
    int toChild, fromChild, process;
} HostChild;

// Starts it, with room for `capacity` cases. Returns 0, or the errno of what this host does not offer.
int host_start(HostChild *child, int capacity, const HostSegment *segments, int segmentCount, const uint8_t *readOnlyPage);

// Runs the first `count` cases; each is overwritten by its outcome. Returns 0, or -1 when the child died.
int host_run(const HostChild *child, int count);

void host_stop(const HostChild *child);

// Whether the host is of AMD's family 25 and has SSE4.2, POPCNT and all that came before.
int host_is_reference(void);

// Whether BSF and BSR leave CF, PF, AF, SF and OF alone, as they do on the first processors of that family and not on later ones.
int host_scan_leaves_flags(void);

#endif
