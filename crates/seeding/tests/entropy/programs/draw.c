// Prints 16 bytes drawn in the way that its argument names.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned char bytes[16];

static void with_open(int descriptor) {
    if (descriptor < 0 || read(descriptor, bytes, 16) != 16) exit(2);
}

static void with_stream(FILE *stream) {
    if (!stream || fread(bytes, 1, 16, stream) != 16) exit(3);
}

// Declared here: not every C library has them, and the layer does.
uint32_t arc4random(void) __attribute__((weak));
void arc4random_buf(void *, size_t) __attribute__((weak));
uint32_t arc4random_uniform(uint32_t) __attribute__((weak));

int main(int count, char **arguments) {
    const char *way = arguments[1];
    if (!strcmp(way, "getrandom")) {
        if (getrandom(bytes, 16, 0) != 16) return 4;
    } else if (!strcmp(way, "getentropy")) {
        if (getentropy(bytes, 16)) return 4;
    } else if (!strcmp(way, "syscall")) {
        if (syscall(SYS_getrandom, bytes, 16UL, 0) != 16) return 4;
    } else if (!strcmp(way, "open")) {
        with_open(open("/dev/urandom", O_RDONLY));
    } else if (!strcmp(way, "open random")) {
        with_open(open("/dev/random", O_RDONLY | O_NONBLOCK));
    } else if (!strcmp(way, "openat")) {
        with_open(openat(AT_FDCWD, "/dev/urandom", O_RDONLY));
    } else if (!strcmp(way, "dup")) {
        with_open(dup(open("/dev/urandom", O_RDONLY)));
    } else if (!strcmp(way, "readv")) {
        struct iovec pieces[2] = {{bytes, 5}, {bytes + 5, 11}};
        if (readv(open("/dev/urandom", O_RDONLY), pieces, 2) != 16) return 4;
    } else if (!strcmp(way, "fopen")) {
        with_stream(fopen("/dev/urandom", "rb"));
    } else if (!strcmp(way, "fdopen")) {
        with_stream(fdopen(open("/dev/urandom", O_RDONLY), "r"));
    } else if (!strcmp(way, "getc")) {
        FILE *stream = fopen("/dev/urandom", "r");
        for (int at = 0; at < 16; at++) bytes[at] = getc(stream);
    } else if (!strcmp(way, "getc fdopen")) {
        FILE *stream = fdopen(open("/dev/urandom", O_RDONLY), "r");
        for (int at = 0; at < 16; at++) bytes[at] = getc(stream);
    } else if (!strcmp(way, "getc stdin")) {
        for (int at = 0; at < 16; at++) bytes[at] = getc(stdin);
    } else if (!strcmp(way, "arc4random")) {
        for (int at = 0; at < 16; at += 4) memcpy(bytes + at, &(uint32_t){arc4random()}, 4);
    } else if (!strcmp(way, "arc4random_buf")) {
        arc4random_buf(bytes, 16);
    } else if (!strcmp(way, "arc4random_uniform")) {
        for (int at = 0; at < 16; at++) bytes[at] = arc4random_uniform(256);
    } else {
        return 5;
    }
    for (int at = 0; at < 16; at++) printf("%02x", bytes[at]);
    puts("");
    return 0;
}
