// Prints how many processors there are, in four ways, and where a variable of the stack is.
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int main(void) {
    int here;
    printf("%ld %ld %d %d %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF), get_nprocs(),
           get_nprocs_conf(), sysconf(_SC_PAGESIZE));
    printf("%p %p %p\n", (void *)&here, (void *)main, (void *)printf);
    return 0;
}
