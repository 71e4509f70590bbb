/* Draws as C programs do: without a seed, from the kernel, and with a seed from the clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

int main(int count, char **arguments)
{
    unsigned long drawn = 0;
    const char *source = count > 1 ? arguments[1] : "";
    if (strcmp(source, "kernel") == 0) {
        if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn)
            return 1;
    } else if (strcmp(source, "clock") == 0) {
        srand((unsigned)time(NULL));
        drawn = (unsigned long)rand();
    } else {
        drawn = (unsigned long)rand();
    }
    printf("%lu\n", drawn);
    return 0;
}
