// Starts the shell's script in its second argument, in the way that its first names.
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments) {
    const char *way = arguments[1], *script = arguments[2];
    char *list[] = {"sh", "-c", (char *)script, 0};
    char *own[] = {"PATH=/usr/bin:/bin", "OWN=1", 0};
    if (!strcmp(way, "system")) return system(script) != 0;
    if (!strcmp(way, "popen")) return pclose(popen(script, "w")) != 0;
    pid_t child = 0;
    if (!strcmp(way, "posix_spawn")) posix_spawn(&child, "/bin/sh", 0, 0, list, environ);
    else if (!strcmp(way, "posix_spawnp")) posix_spawnp(&child, "sh", 0, 0, list, own);
    else child = !strncmp(way, "v", 1) ? vfork() : fork();
    if (child == 0) {
        if (!strcmp(way, "execv") || !strcmp(way, "vexecv")) execv("/bin/sh", list);
        if (!strcmp(way, "execve")) execve("/bin/sh", list, own);
        if (!strcmp(way, "execvp")) execvp("sh", list);
        if (!strcmp(way, "execvpe")) execvpe("sh", list, own);
        if (!strcmp(way, "execl")) execl("/bin/sh", "sh", "-c", script, (char *)0);
        if (!strcmp(way, "execlp")) execlp("sh", "sh", "-c", script, "a", "b", "c", "d", "e", "f", "g", (char *)0);
        if (!strcmp(way, "execle")) execle("/bin/sh", "sh", "-c", script, (char *)0, own);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    return status != 0;
}
