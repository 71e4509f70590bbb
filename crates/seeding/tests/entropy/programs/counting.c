// Prints what counting clocks say: read in every way, in threads, and after sleeps and waits of 0.1 s.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static const struct timespec tenth = {0, 100000000};

static void tell(const char *what, clockid_t clock) {
    struct timespec told;
    clock_gettime(clock, &told);
    printf("%s %lld.%09ld\n", what, (long long)told.tv_sec, told.tv_nsec);
}

static void *in_thread(void *name) {
    tell(name, CLOCK_MONOTONIC);
    tell(name, CLOCK_MONOTONIC);
    return 0;
}

int main(void) {
    struct timespec told;
    struct timeval day;
    struct rusage usage;
    struct tms ticks;
    tell("wall", CLOCK_REALTIME);
    tell("coarse", CLOCK_REALTIME_COARSE);
    tell("monotonic", CLOCK_MONOTONIC);
    tell("raw", CLOCK_MONOTONIC_RAW);
    tell("boot", CLOCK_BOOTTIME);
    tell("process", CLOCK_PROCESS_CPUTIME_ID);
    tell("thread", CLOCK_THREAD_CPUTIME_ID);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &told);
    printf("call %lld.%09ld\n", (long long)told.tv_sec, told.tv_nsec);
    timespec_get(&told, TIME_UTC);
    printf("timespec_get %lld.%09ld\n", (long long)told.tv_sec, told.tv_nsec);
    gettimeofday(&day, 0);
    printf("gettimeofday %lld.%06ld\n", (long long)day.tv_sec, (long)day.tv_usec);
    printf("time %lld\n", (long long)time(0));
    printf("clock %ld\n", (long)clock());
    getrusage(RUSAGE_SELF, &usage);
    printf("usage %ld.%06ld %ld.%06ld\n", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec,
           (long)usage.ru_stime.tv_sec, (long)usage.ru_stime.tv_usec);
    printf("times %ld", (long)times(&ticks));
    printf(" %ld\n", (long)ticks.tms_utime);

    pthread_t first, second;
    pthread_create(&first, 0, in_thread, "first");
    pthread_join(first, 0);
    pthread_create(&second, 0, in_thread, "second");
    pthread_join(second, 0);
    tell("maker", CLOCK_MONOTONIC);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        tell("child", CLOCK_MONOTONIC);
        return 0;
    }
    waitpid(child, 0, 0);

    nanosleep(&tenth, 0);
    tell("nanosleep", CLOCK_MONOTONIC);
    usleep(100000);
    tell("usleep", CLOCK_MONOTONIC);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &tenth, 0);
    tell("clock_nanosleep", CLOCK_MONOTONIC);
    thrd_sleep(&tenth, 0);
    tell("thrd_sleep", CLOCK_MONOTONIC);
    int ends[2];
    if (pipe(ends)) return 1;
    struct pollfd file = {ends[0], POLLIN, 0};
    poll(&file, 1, 100);
    tell("poll", CLOCK_MONOTONIC);
    ppoll(&file, 1, &tenth, 0);
    tell("ppoll", CLOCK_MONOTONIC);
    fd_set files;
    FD_ZERO(&files);
    FD_SET(ends[0], &files);
    struct timeval timeout = {0, 100000};
    select(ends[0] + 1, &files, 0, 0, &timeout);
    tell("select", CLOCK_MONOTONIC);
    FD_SET(ends[0], &files);
    pselect(ends[0] + 1, &files, 0, 0, &tenth, 0);
    tell("pselect", CLOCK_MONOTONIC);
    struct epoll_event event = {EPOLLIN};
    int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    epoll_wait(set, &event, 1, 100);
    tell("epoll", CLOCK_MONOTONIC);
    if (write(ends[1], "!", 1) != 1) return 1;
    poll(&file, 1, 100);
    tell("at once", CLOCK_MONOTONIC);
    tell("process", CLOCK_PROCESS_CPUTIME_ID);
    return 0;
}
