// Exits with the line of the first draw whose refusal is not as the kernel's.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSED(call, number) do { errno = 0; if ((call) != -1 || errno != (number)) return __LINE__; } while (0)

int main(void) {
    char bytes[300];
    REFUSED(getrandom(0, 8, 0), EFAULT);
    REFUSED(getrandom(bytes, 8, 64), EINVAL);
    REFUSED(getrandom(bytes, 8, GRND_RANDOM | GRND_INSECURE), EINVAL);
    REFUSED(syscall(SYS_getrandom, bytes, 8UL, 64), EINVAL);
    REFUSED(syscall(SYS_close, 12345), EBADF);
    REFUSED(getentropy(bytes, 257), EIO);
    REFUSED(open("/dev/urandom/nothing", O_RDONLY), ENOTDIR);
    if (getrandom(bytes, 0, 0) != 0 || getentropy(bytes, 256) != 0) return __LINE__;
    int device = open("/dev/urandom", O_RDONLY);
    REFUSED(read(device, 0, 8), EFAULT);
    close(device);
    REFUSED(read(device, bytes, 8), EBADF);
    return 0;
}
