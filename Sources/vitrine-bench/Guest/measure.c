/* measure [-o FILE] NAME GROUP COMMAND [ARGUMENT...]: runs a benchmark and says

       bench: start NAME
       bench: end NAME
       bench: row NAME GROUP CPU WALL STATUS DIGEST

   Between the first two lines runs the command and nothing else: the host takes the emulator's time at them. CPU and WALL are seconds as this system
   counts them. STATUS is what a shell would say. DIGEST is FNV-1a of 32 bits and the length of what the command wrote; -o keeps that in FILE. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void mark(const char *what, const char *name)
{
    printf("bench: %s %s\n", what, name);
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print_digest(int file)
{
    static uint8_t bytes[1 << 16];
    uint32_t hash = 2166136261u;
    unsigned long length = 0;
    for (ssize_t count; (count = read(file, bytes, sizeof bytes)) > 0; length += (unsigned long)count)
        for (ssize_t at = 0; at < count; at++)
            hash = (hash ^ bytes[at]) * 16777619u;
    printf("%08x:%lu\n", hash, length);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    const char *output = "output";
    if (count > 2 && strcmp(arguments[1], "-o") == 0) {
        output = arguments[2];
        count -= 2;
        arguments += 2;
    }
    if (count < 4)
        return 2;
    const char *name = arguments[1];
    int file = open(output, O_RDWR | O_CREAT | O_TRUNC, 0644), nothing = open("/dev/null", O_RDWR);
    if (file < 0 || nothing < 0)
        return 1;

    int status = 0;
    struct rusage used = {0};
    mark("start", name);
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        dup2(nothing, STDIN_FILENO);
        dup2(file, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        execvp(arguments[3], arguments + 3);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 1;
    double wall = now() - start;
    mark("end", name);

    printf("bench: row %s %s %.4f %.4f %d ", name, arguments[2], seconds(used.ru_utime) + seconds(used.ru_stime), wall,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    lseek(file, 0, SEEK_SET);
    print_digest(file);
    if (strcmp(output, "output") == 0)
        unlink(output);
    return 0;
}
