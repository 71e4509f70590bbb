// Prints what is drawn by: the process, its second thread, its second child, a thread of its third child, and a
// program that it starts.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static void draw(void) {
    unsigned char bytes[16];
    if (getrandom(bytes, 16, 0) != 16) _exit(1);
    for (int at = 0; at < 16; at++) printf("%02x", bytes[at]);
    puts("");
    fflush(stdout);
}

static void *thread(void *draws) {
    if (draws) draw();
    return 0;
}

static void make_thread(void *draws) {
    pthread_t made;
    pthread_create(&made, 0, thread, draws);
    pthread_join(made, 0);
}

int main(int count, char **arguments) {
    draw();
    make_thread(0);
    make_thread(&count);
    for (int child = 0; child < 3; child++) {
        if (fork() == 0) {
            if (child == 1) draw();
            if (child == 2) make_thread(&count);
            _exit(0);
        }
        wait(0);
    }
    execl(arguments[1], arguments[1], "getrandom", (char *)0);
    return 1;
}
