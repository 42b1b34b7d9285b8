/* The most multiply-adds that this processor does in a second, on 1 and on 2 threads, in fp32 GFLOP/s.
 *
 *     cc -O3 -march=native -pthread -o fma_peak fma_peak.c && ./fma_peak
 *
 * Each thread keeps 12 vectors in registers and multiplies and adds to each in turn: independent chains enough to hide
 * a latency of 4 to 6 cycles on two units, and no memory at all. The best of many short tries counts: it is a ceiling.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS 1000000L
#define TRIES 40
#define CHAINS 12
#define EACH(DO) DO(a) DO(b) DO(c) DO(d) DO(e) DO(f) DO(g) DO(h) DO(i) DO(j) DO(k) DO(l)

#if defined __AVX512F__
#define BYTES 64
#elif defined __AVX__
#define BYTES 32
#else
#define BYTES 16
#endif
#if defined __x86_64__
#define REGISTER "v"
#else
#define REGISTER "w"
#endif

typedef float vector __attribute__((vector_size(BYTES)));

static volatile float kept[2];

static void *work(void *slot)
{
    vector factor = {}, term = {};
    factor += 0.999f;
    term += 0.001f;
    /* The empty instruction claims to change its vector, so that no step of a chain is foreseen or left out. */
#define BEGIN(x) vector x = term;
#define STEP(x) x = x * factor + term; __asm__ volatile("" : "+" REGISTER(x));
#define SUM(x) total += x;
    EACH(BEGIN)
    for (long round = 0; round < ROUNDS; round++) {
        EACH(STEP)
    }
    vector total = {};
    EACH(SUM)
    kept[(long)slot] = total[0];
    return NULL;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

static double best(long threads)
{
    double shortest = 1e9;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        pthread_t second;
        double begin = seconds();
        if (threads == 2)
            pthread_create(&second, NULL, work, (void *)1);
        work((void *)0);
        if (threads == 2)
            pthread_join(second, NULL);
        double took = seconds() - begin;
        shortest = took < shortest ? took : shortest;
    }
    return 2.0 * threads * ROUNDS * CHAINS * (BYTES / sizeof(float)) / shortest / 1e9;
}

int main(void)
{
    for (long threads = 1; threads <= 2; threads++)
        printf("threads=%ld gflops=%.1f\n", threads, best(threads));
    return 0;
}
