/* processor NAME N: work for the processor alone, N times, and what came out. Built for the i686: floating point is the x87's.

   records   structures copied and compared, strings, calls        lists   sorting of linked lists: loads that wait for loads
   matrix    products of small matrices and their CRC              nbody   gravitation, in double precision
   wave      transcendental functions */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    return (seed = seed * 1664525u + 1013904223u) >> 9;
}

/* ---- Records: a shop's shelf */

struct article {
    char name[24];
    int price, stock, kind;
    struct article *like;
};

static __attribute__((noinline)) void restock(struct article *article, int amount)
{
    article->stock += amount;
    article->price += article->stock % 3 - 1;
    article->name[10 + (article->stock & 7)] = (char)('a' + (article->price & 15));
}

static __attribute__((noinline)) int is_before(const struct article *a, const struct article *b)
{
    return a->kind != b->kind ? a->kind < b->kind : strcmp(a->name, b->name) < 0;
}

static void records(long n)
{
    static struct article shelf[48];
    uint32_t sold = 0;
    for (int i = 0; i < 48; i++) {
        strcpy(shelf[i].name, "an articleabcdefgh");
        shelf[i].price = 100 + i;
        shelf[i].kind = i % 5;
        shelf[i].like = &shelf[(i * 31 + 7) % 48];
    }
    for (long i = 0; i < n; i++) {
        struct article *a = &shelf[i % 48], *b = a->like;
        restock(a, (int)(i & 31));
        if (is_before(a, b)) {
            sold += (uint32_t)b->price;
            if ((i & 7) == 0)
                memcpy(b->name, a->name, sizeof b->name);
        } else {
            sold = sold * 17 + (uint32_t)a->stock;
            b->kind = (b->kind + a->kind) % 5;
        }
    }
    printf("%u\n", sold);
}

/* ---- Lists: sorted from the bottom up, runs of 2^i nodes at place i */

struct node {
    struct node *next;
    uint32_t key;
};

static struct node *merge(struct node *a, struct node *b)
{
    struct node *first = NULL, **end = &first;
    while (a && b) {
        struct node **from = b->key < a->key ? &b : &a;
        *end = *from;
        end = &(*from)->next;
        *from = *end;
    }
    *end = a ? a : b;
    return first;
}

static void lists(long n)
{
    enum { LENGTH = 1000, PLACES = 10 };
    static struct node nodes[LENGTH];
    uint32_t sum = 0;
    for (long i = 0; i < n; i++) {
        struct node *runs[PLACES] = {NULL};
        for (int k = 0; k < LENGTH; k++) {
            struct node *run = &nodes[k];
            *run = (struct node){NULL, next_random() & 0xFFFF};
            int place = 0;
            for (; place < PLACES - 1 && runs[place]; place++) {
                run = merge(runs[place], run);
                runs[place] = NULL;
            }
            runs[place] = merge(runs[place], run);
        }
        struct node *all = NULL;
        for (int place = 0; place < PLACES; place++)
            all = merge(runs[place], all);
        for (uint32_t rank = 1; all; all = all->next)
            sum += all->key * rank++;
    }
    printf("%u\n", sum);
}

/* ---- Matrix */

static uint32_t crc(uint32_t value, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        value ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ (0xEDB88320u & -(value & 1));
    }
    return value;
}

static void matrix(long n)
{
    enum { SIDE = 20 };
    static int32_t a[SIDE][SIDE], b[SIDE][SIDE], product[SIDE][SIDE];
    uint32_t check = ~0u;
    for (int i = 0; i < SIDE * SIDE; i++) {
        a[i / SIDE][i % SIDE] = (int32_t)(next_random() & 1023) - 512;
        b[i / SIDE][i % SIDE] = (int32_t)(next_random() & 1023) - 512;
    }
    for (long round = 0; round < n; round++) {
        for (int row = 0; row < SIDE; row++)
            for (int column = 0; column < SIDE; column++) {
                int32_t sum = 0;
                for (int i = 0; i < SIDE; i++)
                    sum += a[row][i] * b[i][column];
                product[row][column] = sum;
            }
        check = crc(check, (const uint8_t *)product, sizeof product / 4);
        b[round % SIDE][check % SIDE] = (int32_t)(check >> 20) - 2048;
    }
    printf("%08x\n", check);
}

/* ---- Bodies: a heavy one in the middle, four on circles around it */

struct body {
    double place[3], speed[3], mass;
};

static void nbody(long n)
{
    enum { COUNT = 5 };
    static struct body bodies[COUNT];
    const double step = 1.0 / 1024;
    bodies[0].mass = 64;
    for (int i = 1; i < COUNT; i++) {
        double radius = 3 * i + 1;
        bodies[i] = (struct body){{radius, 0, 0.125 * i}, {0, sqrt(64 / radius), 0}, 0.03125 * i};
    }
    for (long round = 0; round < n; round++) {
        for (int i = 0; i < COUNT; i++)
            for (int j = i + 1; j < COUNT; j++) {
                double d[3], square = 0;
                for (int k = 0; k < 3; k++) {
                    d[k] = bodies[j].place[k] - bodies[i].place[k];
                    square += d[k] * d[k];
                }
                double pull = step / (square * sqrt(square));
                for (int k = 0; k < 3; k++) {
                    bodies[i].speed[k] += d[k] * bodies[j].mass * pull;
                    bodies[j].speed[k] -= d[k] * bodies[i].mass * pull;
                }
            }
        for (int i = 0; i < COUNT; i++)
            for (int k = 0; k < 3; k++)
                bodies[i].place[k] += step * bodies[i].speed[k];
    }
    for (int i = 0; i < COUNT; i++)
        printf("%.5f %.5f %.5f\n", bodies[i].place[0], bodies[i].place[1], bodies[i].place[2]);
}

/* ---- Wave. Rounded for printing: the last digits are the processor's own */

static void wave(long n)
{
    double sum = 0;
    for (long i = 0; i < n; i++) {
        double angle = (double)(i % 613) / 64, sine, cosine, power, logarithm;
        __asm__("fsincos" : "=t"(cosine), "=u"(sine) : "0"(angle));
        __asm__("f2xm1" : "=t"(power) : "0"(cosine / 2));
        __asm__("fyl2x" : "=t"(logarithm) : "0"(angle + 1), "u"(1.0) : "st(1)");
        sum += sine * power + sqrt(logarithm);
    }
    printf("%.6g\n", sum);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*work)(long n);
    } all[] = {{"records", records}, {"lists", lists}, {"matrix", matrix}, {"nbody", nbody}, {"wave", wave}};
    for (size_t i = 0; count == 3 && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, arguments[1]) == 0) {
            all[i].work(atol(arguments[2]));
            return 0;
        }
    return 2;
}
