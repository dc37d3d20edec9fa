// libvncserver. Macros and variadic globals do not cross into Swift; these wrappers do.
#ifndef CVNCSERVER_SHIM_H
#define CVNCSERVER_SHIM_H
#include <rfb/rfb.h>
#include <rfb/keysym.h>
#include <sys/eventfd.h>

/// rfbInitServer is a macro over the variant that matches the build of the library.
static inline void vnc_init_server(rfbScreenInfoPtr s) { rfbInitServer(s); }

/// LOCK and UNLOCK are macros over the mutex in the client's record.
static inline void vnc_lock_send(rfbClientPtr client) { LOCK(client->sendMutex); }
static inline void vnc_unlock_send(rfbClientPtr client) { UNLOCK(client->sendMutex); }

/// The library writes to standard error, which is the terminal's: nothing it says there may reach the screen.
static void vnc_log_nothing(const char *format, ...) { (void)format; }
static inline void vnc_silence(void) { rfbLog = vnc_log_nothing; rfbErr = vnc_log_nothing; }

/// The client speaks WebSocket. Browsers send such connections for any page they show, so these are refused.
static inline int vnc_is_websocket(rfbClientPtr client) { return client->wsctx != 0; }

/// Past the handshake. The states are an enumeration without a name inside the record.
static inline int vnc_is_normal(rfbClientPtr client) { return client->state == RFB_NORMAL; }

/// A counter that wakes a poll(2).
static inline int vnc_wake_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

#endif
