// A descriptor that was the device's is used for a file: the file's bytes must come from it.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    char bytes[8] = "";
    int device = open("/dev/urandom", O_RDONLY);
    if (read(device, bytes, 4) != 4) return 1;
    close(device);
    int file = open(arguments[1], O_RDONLY);
    if (file != device) return 2;
    memset(bytes, 0, sizeof bytes);
    if (read(file, bytes, 7) != 7) return 3;
    puts(bytes);
    fclose(fopen("/dev/urandom", "r"));
    FILE *stream = fopen(arguments[1], "r");
    memset(bytes, 0, sizeof bytes);
    if (fread(bytes, 1, 7, stream) != 7 || getc(stream) != '\n' || getc(stream) != EOF) return 4;
    puts(bytes);
    return 0;
}
