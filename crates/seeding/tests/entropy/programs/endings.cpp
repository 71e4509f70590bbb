// Threads that end otherwise than by returning: cancelled while they read, by `pthread_exit` with objects to destroy,
// by an exception that is caught outside of them.
#include <cstdio>
#include <future>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>

struct Told {
    const char *what;
    ~Told() { std::puts(what); }
};

static int ends[2];

static void *reads(void *) {
    Told told{"cancelled while reading"};
    char byte;
    (void)!read(ends[0], &byte, 1);
    return nullptr;
}

static void *exits(void *) {
    Told told{"left early"};
    pthread_exit((void *)7);
}

int main() {
    if (pipe(ends)) return 1;
    pthread_t thread;
    void *answer;
    pthread_create(&thread, nullptr, reads, nullptr);
    usleep(50000);
    pthread_cancel(thread);
    pthread_join(thread, &answer);
    if (answer != PTHREAD_CANCELED) return 2;
    pthread_create(&thread, nullptr, exits, nullptr);
    pthread_join(thread, &answer);
    if (answer != (void *)7) return 3;
    auto thrown = std::async(std::launch::async, []() -> int { throw std::runtime_error("thrown in a thread"); });
    try {
        thrown.get();
    } catch (const std::runtime_error &error) {
        std::puts(error.what());
    }
}
