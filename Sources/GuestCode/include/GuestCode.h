// Our own guest-side code, assembled into read-only data by the package's C target.
#ifndef GUESTCODE_H
#define GUESTCODE_H
#include <stddef.h>
#include <stdint.h>

// Swift does not import incomplete arrays: each program is reached through two accessors.
#define GUESTCODE_PROGRAM(name)                                                                                                 \
    extern const uint8_t guestcode_##name##_start[], guestcode_##name##_end[];                                                  \
    static inline const uint8_t *guestcode_##name(void) { return guestcode_##name##_start; }                                    \
    static inline size_t guestcode_##name##_size(void) { return (size_t)(guestcode_##name##_end - guestcode_##name##_start); }

/// A bootable floppy program that shows text modes, graphics, keyboard, mouse, timers and sound. Pad it to the size of a floppy.
GUESTCODE_PROGRAM(showcase)
/// A bootable floppy program that works as DOS programs do, says on COM1 what came out, and powers off. Pad it to the size of a floppy.
GUESTCODE_PROGRAM(segments)
/// The option ROM that boots a kernel from fw_cfg. Its last byte has to be set so that all bytes add up to 0.
GUESTCODE_PROGRAM(linuxboot)

#undef GUESTCODE_PROGRAM
#endif
