// Prints the time of day in every way, and how long waits of 0.2 s took, in milliseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double started;

static double running(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static struct timespec soon(clockid_t clock) {
    struct timespec when;
    clock_gettime(clock, &when);
    when.tv_nsec += 200000000;
    when.tv_sec += when.tv_nsec / 1000000000;
    when.tv_nsec %= 1000000000;
    started = running();
    return when;
}

static void waited(const char *what, int answer) {
    printf("%s %d %.0f\n", what, answer, (running() - started) * 1000);
}

int main(void) {
    struct timespec told;
    struct timeval day;
    for (int clock = 0; clock < 12; clock++)
        if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI) {
            clock_gettime(clock, &told);
            printf("time %lld.%09ld\n", (long long)told.tv_sec, told.tv_nsec);
        }
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &told);
    printf("time %lld.%09ld\n", (long long)told.tv_sec, told.tv_nsec);
    timespec_get(&told, TIME_UTC);
    printf("time %lld.%09ld\n", (long long)told.tv_sec, told.tv_nsec);
    gettimeofday(&day, 0);
    printf("day %lld.%06ld\n", (long long)day.tv_sec, (long)day.tv_usec);
    printf("seconds %lld\n", (long long)time(0));

    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER, monotonic;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monotonic, &attributes);
    pthread_mutex_lock(&mutex);
    struct timespec when = soon(CLOCK_REALTIME);
    waited("wait", pthread_cond_timedwait(&condition, &mutex, &when));
    when = soon(CLOCK_MONOTONIC);
    waited("wait", pthread_cond_timedwait(&monotonic, &mutex, &when));
#ifdef __GLIBC__
    when = soon(CLOCK_REALTIME);
    waited("wait", pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &when));
    when = soon(CLOCK_MONOTONIC);
    waited("wait", pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &when));
#endif
    when = soon(CLOCK_REALTIME);
    waited("wait", pthread_mutex_timedlock(&mutex, &when));
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    when = soon(CLOCK_REALTIME);
    waited("wait", sem_timedwait(&semaphore, &when) ? errno : 0);
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_rwlock_wrlock(&lock);
    when = soon(CLOCK_REALTIME);
    waited("sleep", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, 0));
    int word = 0;
    when = soon(CLOCK_REALTIME);
    waited("wait", syscall(SYS_futex, &word, 9 | 256 | 128, 0, &when, 0, -1) ? errno : 0);
    when = soon(CLOCK_REALTIME);
    when.tv_sec -= 100;
    printf("past %d\n", pthread_mutex_timedlock(&mutex, &when));
    return 0;
}
