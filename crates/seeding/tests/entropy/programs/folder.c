// Prints the names in a folder, twice.
#include <dirent.h>
#include <stdio.h>

int main(int count, char **arguments) {
    DIR *folder = opendir(arguments[count - 1]);
    for (struct dirent *entry; (entry = readdir(folder));) puts(entry->d_name);
    puts("again");
    rewinddir(folder);
    for (struct dirent *entry; (entry = readdir(folder));) puts(entry->d_name);
    return closedir(folder);
}
