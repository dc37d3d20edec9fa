// ncurses with wide characters. Its globals and its function-like macros do not cross into Swift; these wrappers do.
// The signal handlers are here because they must be safe at any moment: C functions over plain statics.
#ifndef CNCURSES_SHIM_H
#define CNCURSES_SHIM_H
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
// term.h defines macros named columns and lines; this is all that is wanted of it.
extern int setupterm(const char *name, int file, int *error);
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static inline WINDOW *nc_stdscr(void) { return stdscr; }
static inline int nc_colours(void) { return COLORS; }
static inline int nc_pairs(void) { return COLOR_PAIRS; }

// newterm says why it fails; initscr would print and exit.
static inline SCREEN *nc_newterm(FILE *output) { return newterm(NULL, output, stdin); }

extern int memfd_create(const char *name, unsigned flags);
// A file in memory that takes any amount at once. It is not inherited.
static inline int nc_open_sink(void) { return memfd_create("screen", 1); }
static inline long nc_sink_size(int sink) { return (long)lseek(sink, 0, SEEK_CUR); }
static inline long nc_take_sink(int sink, void *bytes, long count) {
    ssize_t taken = pread(sink, bytes, (size_t)count, 0);
    if (lseek(sink, 0, SEEK_SET) != 0 || ftruncate(sink, 0) != 0) return -1;
    return (long)taken;
}
// The terminal behind standard output as an open file of our own; standard output itself where it cannot be opened again.
static inline int nc_open_terminal(void) {
    int file = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    return file < 0 ? 1 : file;
}
static inline int nc_wait_writable(int file, int milliseconds) {
    struct pollfd fd = {file, POLLOUT, 0};
    return poll(&fd, 1, milliseconds) > 0;
}
static inline int nc_setupterm_error(void) {
    int error = 1;
    return setupterm(NULL, 1, &error) == OK ? 1 : error;
}

enum { NC_BOLD = 1, NC_DIM = 2, NC_UNDERLINE = 4, NC_REVERSE = 8 };

// One cell: a spacing character with its marks, attributes and a colour pair of any size.
static inline int nc_put(int y, int x, const wchar_t *text, int attributes, int pair) {
    cchar_t cell;
    attr_t bits = A_NORMAL;
    if (attributes & NC_BOLD) bits |= A_BOLD;
    if (attributes & NC_DIM) bits |= A_DIM;
    if (attributes & NC_UNDERLINE) bits |= A_UNDERLINE;
    if (attributes & NC_REVERSE) bits |= A_REVERSE;
    if (setcchar(&cell, text, bits, 0, &pair) == ERR) return ERR;
    return mvwadd_wch(stdscr, y, x, &cell);
}

// Pixels are those of the whole window, 0 where the terminal does not say.
static inline int nc_window_size(int *columns, int *rows, int *width, int *height) {
    struct winsize size;
    if (ioctl(1, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    *width = size.ws_xpixel;
    *height = size.ws_ypixel;
    return 0;
}

// Never blocks at either end and is not inherited.
static inline int nc_pipe(int *ends) {
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    return 0;
}
static inline int nc_utf8(void) { return MB_CUR_MAX > 1; }

// Waits for input, for the wake pipe, for output to be taken where output is a file, or for the time to pass.
// Bit 0: input, bit 1: woken, bit 2: the terminal is gone, bit 3: output is taken.
static inline int nc_poll(int wake, int output, int milliseconds) {
    struct pollfd fds[3] = {{0, POLLIN, 0}, {wake, POLLIN, 0}, {output, POLLOUT, 0}};
    int result = 0;
    if (poll(fds, output < 0 ? 2 : 3, milliseconds) <= 0) return 0;
    if (fds[0].revents & POLLIN) result |= 1;
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) result |= 4;
    if (fds[1].revents & POLLIN) result |= 2;
    if (output >= 0 && fds[2].revents) result |= 8;
    return result;
}

enum { NC_RESIZE = 1, NC_TERMINATE = 2, NC_SUSPEND = 4, NC_CONTINUE = 8 };

// What the handlers share. A static inside a function: those at file level do not cross into Swift's object files.
struct nc_shared {
    volatile sig_atomic_t pending, active, ending;
    int wake_pipe;
    int (*filter)(int);
    struct termios saved;
    struct sigaction previous[65];
};
static inline struct nc_shared *nc_shared(void) {
    static struct nc_shared shared = {.wake_pipe = -1};
    return &shared;
}

static inline void nc_on_signal(int number) {
    int error = errno;
    switch (number) {
    case SIGWINCH: __atomic_fetch_or(&nc_shared()->pending, NC_RESIZE, __ATOMIC_SEQ_CST); break;
    case SIGTSTP: __atomic_fetch_or(&nc_shared()->pending, NC_SUSPEND, __ATOMIC_SEQ_CST); break;
    case SIGCONT: __atomic_fetch_or(&nc_shared()->pending, NC_CONTINUE, __ATOMIC_SEQ_CST); break;
    default:
        nc_shared()->ending = number;
        __atomic_fetch_or(&nc_shared()->pending, NC_TERMINATE, __ATOMIC_SEQ_CST);
        break;
    }
    if (nc_shared()->wake_pipe >= 0) (void)!write(nc_shared()->wake_pipe, "", 1);
    errno = error;
}

// Asks the filter first: where it returns at all, the crash is the process's own. Gives the terminal back, then lets whoever was there before (Swift's backtracer, or death) have the fault again.
static inline void nc_on_crash(int number, siginfo_t *info, void *context) {
    (void)context;
    if (nc_shared()->filter) nc_shared()->filter(number);
    if (nc_shared()->active) {
        static const char restore[] = "\033[?2026l\033[?1006l\033[?1002l\033[?2004l\033[0m\033[?25h\033[?1l\033>\033[?1049l\r\n";
        nc_shared()->active = 0;
        (void)!write(1, restore, sizeof restore - 1);
        tcsetattr(0, TCSANOW, &nc_shared()->saved);
    }
    // A fault happens again by itself; what was sent does not, and a backtrace of it would say nothing. abort sends, and is a crash.
    if (info->si_code <= 0 && number != SIGABRT) signal(number, SIG_DFL);
    else sigaction(number, &nc_shared()->previous[number], NULL);
    if (info->si_code <= 0) raise(number);
}

static inline int nc_take_pending(void) { return __atomic_exchange_n(&nc_shared()->pending, 0, __ATOMIC_SEQ_CST); }
static inline int nc_ending_signal(void) { return nc_shared()->ending; }
static inline void nc_set_active(int active) { nc_shared()->active = active; }
static inline void nc_save_modes(void) { tcgetattr(0, &nc_shared()->saved); }
// The terminal gives every byte at once and shows none of them, until the modes that were saved come back.
static inline int nc_quiet(void) {
    struct termios modes = nc_shared()->saved;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    return tcsetattr(0, TCSANOW, &modes);
}
static inline void nc_restore_modes(void) { tcsetattr(0, TCSADRAIN, &nc_shared()->saved); }
// Every key comes as it is pressed and as it is; ncurses cannot see the terminal and leaves its modes alone.
static inline void nc_raw_modes(void) {
    struct termios modes = nc_shared()->saved;
    modes.c_iflag &= ~(tcflag_t)(IXON | BRKINT | PARMRK | ICRNL | INLCR | IGNCR);
    modes.c_oflag &= ~(tcflag_t)ONLCR;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ISIG | IEXTEN | ECHO | ECHONL);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    tcsetattr(0, TCSADRAIN, &modes);
}
static inline void nc_discard_input(void) { tcflush(0, TCIFLUSH); }

// The n-th signal that is handled; crashes first.
enum { NC_CRASHES = 6, NC_SIGNALS = 13 };
static inline int nc_signal(int index) {
    static const int numbers[NC_SIGNALS] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
    return numbers[index];
}

static inline void nc_install_signals(int wake_pipe, int (*filter)(int)) {
    nc_shared()->wake_pipe = wake_pipe;
    nc_shared()->filter = filter;
    // Whoever started us may have had them blocked, and a mask is inherited.
    sigset_t handled;
    sigemptyset(&handled);
    for (int i = 0; i < NC_SIGNALS; i++) sigaddset(&handled, nc_signal(i));
    pthread_sigmask(SIG_UNBLOCK, &handled, NULL);
    for (int i = 0; i < NC_SIGNALS; i++) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        sigemptyset(&action.sa_mask);
        if (i < NC_CRASHES) action.sa_sigaction = nc_on_crash;
        else action.sa_handler = nc_on_signal;
        action.sa_flags = i < NC_CRASHES ? SA_ONSTACK | SA_SIGINFO : SA_RESTART;
        sigaction(nc_signal(i), &action, &nc_shared()->previous[nc_signal(i)]);
    }
}

static inline void nc_remove_signals(void) {
    for (int i = 0; i < NC_SIGNALS; i++) {
        struct sigaction now;
        // Whoever came later stays, and finds what was there before through our handler.
        if (i < NC_CRASHES && (sigaction(nc_signal(i), NULL, &now) != 0 || now.sa_sigaction != nc_on_crash)) continue;
        sigaction(nc_signal(i), &nc_shared()->previous[nc_signal(i)], NULL);
    }
    nc_shared()->wake_pipe = -1;
}

static inline void nc_stop_self(void) { raise(SIGSTOP); }

#endif
