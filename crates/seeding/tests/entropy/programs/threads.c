// Threads that sleep for random times before they draw and before they make others; each prints its place and its
// bytes, in the order of places.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t drawn[6][4];

static void wait_a_little(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    unsigned state = now.tv_nsec ^ (uintptr_t)&now;
    usleep(rand_r(&state) % 4000);
}

static void *leaf(void *place) {
    wait_a_little();
    getrandom(place, 8, 0);
    pthread_exit(0);
}

static void *leaf_at_once(void *place) {
    getrandom(place, 8, 0);
    return 0;
}

static void *branch(void *number) {
    uint64_t *mine = drawn[(long)number];
    pthread_t leaves[2];
    wait_a_little();
    for (int leaf_number = 0; leaf_number < 2; leaf_number++) {
        pthread_create(&leaves[leaf_number], 0, leaf, &mine[leaf_number]);
        wait_a_little();
    }
    getrandom(&mine[2], 8, 0);
    for (int leaf_number = 0; leaf_number < 2; leaf_number++) pthread_join(leaves[leaf_number], 0);
    int ends[2];
    if (pipe(ends)) return 0;
    pid_t child = fork();
    if (child == 0) {
        uint64_t bytes;
        getrandom(&bytes, 8, 0);
        if (write(ends[1], &bytes, 8) != 8) _exit(1);
        _exit(0);
    }
    waitpid(child, 0, 0);
    if (read(ends[0], &mine[3], 8) != 8) return 0;
    return 0;
}

int main(void) {
    pthread_t branches[6];
    for (long number = 0; number < 6; number++) pthread_create(&branches[number], 0, branch, (void *)number);
    for (long number = 0; number < 6; number++) pthread_join(branches[number], 0);
    for (int number = 0; number < 6; number++)
        for (int part = 0; part < 4; part++) printf("%016llx\n", (unsigned long long)drawn[number][part]);
    // Many threads, one after another: their places are used again.
    uint64_t sum = 0, one = 0;
    for (int number = 0; number < 500; number++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, leaf_at_once, &one)) return 1;
        pthread_join(thread, 0);
        sum = sum * 31 + one;
    }
    printf("%016llx\n", (unsigned long long)sum);
    return 0;
}
