/* STREAM's triad in fp32 on all threads: seconds of one pass over the arrays, the median of the passes of half a second.
 *
 *     cc -O3 -march=native -fopenmp -o stream stream.c && ./stream 33554432 apart
 *
 * apart: a = b + s c on three arrays, as STREAM has it (McCalpin 1995). place: c = b + s c, which has no third array whose
 * lines must be fetched before they are written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST 4096
#define SECONDS 0.5

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

static int ascending(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments)
{
    static double taken[MOST];
    if (count != 3)
        return 1;
    long elements = atol(arguments[1]);
    int place = !strcmp(arguments[2], "place");
    float *b = aligned_alloc(64, 4 * elements), *c = aligned_alloc(64, 4 * elements);
    float *a = place ? c : aligned_alloc(64, 4 * elements);
    if (!a || !b || !c)
        return 1;
#pragma omp parallel for
    for (long i = 0; i < elements; i++) {
        b[i] = 1.0f + i % 7;
        c[i] = 2.0f;
        a[i] = 2.0f;
    }
    int passes = 0;
    double until = now() + SECONDS;
    while (passes < MOST && (now() < until || passes < 3)) {
        double begin = now();
        if (place) {
#pragma omp parallel for simd
            for (long i = 0; i < elements; i++)
                c[i] = b[i] + 0.5f * c[i];
        } else {
#pragma omp parallel for simd
            for (long i = 0; i < elements; i++)
                a[i] = b[i] + 0.5f * c[i];
        }
        taken[passes++] = now() - begin;
    }
    qsort(taken, passes, sizeof *taken, ascending);
    printf("seconds=%.9f first=%.1f\n", taken[passes / 2], a[0]);
    return 0;
}
