// Begins a task in its first thread and in another, and draws there and in what it starts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char key[32];
static void (*begin_task)(const unsigned char *);

static void *draw(void *unused) {
    unsigned char bytes[16];
    getrandom(bytes, sizeof bytes, 0);
    for (unsigned place = 0; place < sizeof bytes; place++) printf("%02x", bytes[place]);
    printf("\n");
    fflush(stdout);
    return unused;
}

static void *task(void *unused) {
    begin_task(key);
    return draw(unused);
}

static void in_child(void) {
    if (fork() == 0) {
        draw(0);
        _exit(0);
    }
    wait(0);
}

static void in_thread(void *(*function)(void *)) {
    pthread_t thread;
    pthread_create(&thread, 0, function, 0);
    pthread_join(thread, 0);
}

int main(void) {
    memset(key, 7, sizeof key);
    begin_task = (void (*)(const unsigned char *))dlsym(RTLD_DEFAULT, "resow_begin_task");
    if (!begin_task) return 1;
    begin_task(0);
    task(0);
    in_child();
    in_thread(draw);
    draw(0);
    task(0);
    in_child();
    in_thread(task);
    if (getenv("RESOW_ENTROPY")) puts(getenv("RESOW_ENTROPY"));
    return 0;
}
