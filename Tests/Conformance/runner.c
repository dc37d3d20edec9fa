/* Runs the programs that the file `list` names, one after the other, each with its output in a file and under a time limit, and reports every one:

       @@ NAME STATUS BYTES-OF-OUTPUT BYTES-OF-ERRORS
       output, errors, and a line feed

   STATUS is what the shell would say: the exit status, or 128 and the signal. As process 1 of a guest the report goes to port E9h and the machine is
   switched off at the end; on the host, called as `runner FOLDER REPORT`, it goes to a file, so that both are run by the same means.

   A line of the list is `NAME SECONDS`: a program below the list's folder, run in its own folder; or `NAME.ko SECONDS`, a kernel module, whose output is
   what the kernel logged; or `=NAME VALUE`, a setting below /proc/sys. Output beyond LONGEST is given as its length and FNV-1a hash. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST (1 << 20)

static int guest;
static FILE *reports;
static char out[64], err[64];

static void put(const char *bytes, size_t count) {
    if (!guest) { fwrite(bytes, 1, count, reports); return; }
    __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(count) : "d"(0xE9) : "memory");
}

static char *contents(const char *name, size_t *length) {
    struct stat about;
    int file = open(name, O_RDONLY);
    char *bytes = 0;
    *length = 0;
    if (file >= 0 && fstat(file, &about) == 0 && (bytes = malloc(about.st_size + 64))) {
        size_t size = about.st_size;
        ssize_t got;
        while (*length < size && (got = read(file, bytes + *length, size - *length)) > 0) *length += got;
        if (*length > LONGEST) {
            unsigned long long hash = 0xCBF29CE484222325ull;
            for (size_t i = 0; i < *length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3ull;
            *length = sprintf(bytes, "%zu bytes, FNV-1a %016llx\n", *length, hash);
        }
    }
    if (file >= 0) close(file);
    return bytes;
}

static void report(const char *name, int status) {
    size_t outs, errs;
    char line[256], *o = contents(out, &outs), *e = contents(err, &errs);
    put(line, snprintf(line, sizeof line, "@@ %s %d %zu %zu\n", name, status, outs, errs));
    put(o, outs);
    put(e, errs);
    put("\n", 1);
    free(o);
    free(e);
    printf("%s: status %d\n", name, status);
    fflush(stdout);
}

static int program(const char *folder, const char *name, int seconds) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        char path[PATH_MAX + 256], *slash;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        slash = strrchr(path, '/');
        *slash = 0;
        setpgid(0, 0);
        if (guest) iopl(0);
        if (chdir(path) == 0) {
            dup2(open("/dev/null", O_RDONLY), 0);
            dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
            dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
            *slash = '/';
            execl(path, path, (char *)0);
        }
        _exit(126);
    }
    /* A second process keeps the time, so that the program's own signals and timers are its own. */
    setpgid(child, child);
    pid_t watch = fork();
    if (watch == 0) { sleep(seconds); kill(-child, SIGKILL); _exit(0); }
    waitpid(child, &status, 0);
    kill(-child, SIGKILL);
    kill(watch, SIGKILL);
    waitpid(watch, 0, 0);
    while (guest && waitpid(-1, 0, WNOHANG) > 0) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int module(const char *folder, const char *name) {
    char path[PATH_MAX + 256];
    int file, result, log;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    klogctl(5, 0, 0);
    file = open(path, O_RDONLY);
    result = syscall(SYS_finit_module, file, "", 0);
    close(file);
    int size = klogctl(10, 0, 0);
    char *bytes = malloc(size + 1);
    size = klogctl(3, bytes, size);
    log = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (size > 0 && write(log, bytes, size) != size) result = -1;
    close(log);
    close(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    free(bytes);
    *strrchr(path, '.') = 0;
    syscall(SYS_delete_module, strrchr(path, '/') + 1, 0);
    return result != 0;
}

static void set(const char *name, int value) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    FILE *file = fopen(path, "w");
    if (file) fprintf(file, "%d\n", value), fclose(file);
}

int main(int count, char **arguments) {
    char folder[PATH_MAX], name[256], line[PATH_MAX + 256];
    int seconds;
    guest = getpid() == 1;
    if (!realpath(guest ? "/suites" : count == 3 ? arguments[1] : "", folder)) return 2;
    if (!guest && !(reports = fopen(arguments[2], "w"))) return 2;
    if (guest) {
        if (iopl(3)) return 1;
        mkdir("/proc", 0755), mkdir("/sys", 0755), mkdir("/dev", 0755), mkdir("/tmp", 01777);
        mount("proc", "/proc", "proc", 0, 0);
        mount("sysfs", "/sys", "sysfs", 0, 0);
        mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
        mount("tmpfs", "/tmp", "tmpfs", 0, 0);
        mkdir("/dev/shm", 01777);
    }
    snprintf(out, sizeof out, "/tmp/vitrine-run-%d.out", getpid());
    snprintf(err, sizeof err, "/tmp/vitrine-run-%d.err", getpid());
    snprintf(line, sizeof line, "%s/list", folder);
    FILE *list = fopen(line, "r");
    while (list && fgets(line, sizeof line, list)) {
        if (sscanf(line, "%255s %d", name, &seconds) != 2) continue;
        if (*name == '=') { set(name + 1, seconds); continue; }
        size_t length = strlen(name);
        int isModule = length > 3 && !strcmp(name + length - 3, ".ko");
        report(name, isModule ? module(folder, name) : program(folder, name, seconds));
    }
    unlink(out);
    unlink(err);
    put("@@ end 0 0 0\n\n", 14);
    if (guest) reboot(RB_POWER_OFF);
    return fclose(reports) != 0;
}
