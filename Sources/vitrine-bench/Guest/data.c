/* data SIZE: SIZE bytes, the same every time, that shrink to a third as a folder of ordinary files does: prose, program text, tables, and what is packed
   already. data words N: N invented words, a line each. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 8192, LONGEST = 12, TURN = 32768 };

static char words[WORDS][LONGEST];
static uint32_t seed = 386;
static long left;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

static void invent(char *word)
{
    uint32_t length = 2 + below(3) * 2 + below(LONGEST - 7);
    for (uint32_t at = 0; at < length; at++)
        word[at] = at % 2 == below(9) / 8 ? "tnshrdlcmfwypvbgk"[below(below(17) + 1)] : "eaoiu"[below(below(5) + 1)];
    word[length] = 0;
}

/* Few words are frequent. */
static const char *word(void)
{
    return words[below(below(below(WORDS) + 1) + 1)];
}

static void put(const void *bytes, size_t count)
{
    if ((long)count > left)
        count = (size_t)left;
    left -= (long)count;
    fwrite(bytes, 1, count, stdout);
}

static void put_line(int kind)
{
    char line[256];
    int length = 0;
    if (kind == 0) {
        for (uint32_t count = 6 + below(8); count > 0; count--)
            length += snprintf(line + length, sizeof line - (size_t)length, "%s%s", word(), count > 1 ? " " : ".\n");
    } else if (kind == 1) {
        static const char *const forms[] = {"%*s%s = %s(%s, %u);\n", "%*sif (%s->%s != %s[%u]) {\n", "%*sreturn %s + %s * %s - %u;\n"};
        length = snprintf(line, sizeof line, forms[below(3)], (int)below(4) * 4, "", word(), word(), word(), below(64));
    } else {
        uint32_t row[] = {0x08048000 + below(4096) * 16, below(8), 0xC3, below(256), 0 - below(64)};
        memcpy(line, row, sizeof row);
        length = sizeof row;
    }
    put(line, (size_t)length);
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 2;
    for (int i = 0; i < WORDS; i++)
        invent(words[i]);
    if (count > 2) {
        char line[LONGEST];
        for (long n = atol(arguments[2]); n > 0; n--) {
            invent(line);
            puts(line);
        }
        return 0;
    }
    left = atol(arguments[1]);
    while (left > 0) {
        uint32_t kind = below(100);
        for (long end = left > TURN ? left - TURN : 0; left > end;) {
            uint32_t noise = below(~0u) ^ below(~0u) >> 16;
            if (kind < 4)
                put(&noise, sizeof noise);
            else
                put_line(kind < 40 ? 0 : kind < 75 ? 1 : 2);
        }
    }
    return 0;
}
