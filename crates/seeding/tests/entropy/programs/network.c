// Reaches for hosts, some of them this machine.
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void reach(const char *address, int port) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &where.sin_addr);
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    connect(socket_, (struct sockaddr *)&where, sizeof where);
    close(socket_);
}

static void look_up(const char *name) {
    struct addrinfo *found = 0;
    if (getaddrinfo(name, "80", 0, &found) == 0) freeaddrinfo(found);
}

int main(void) {
    reach("127.0.0.1", 9);
    reach("192.0.2.7", 443);
    reach("192.0.2.7", 443);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
    int socket_ = socket(AF_INET6, SOCK_DGRAM, 0);
    connect(socket_, (struct sockaddr *)&six, sizeof six);
    look_up("localhost");
    look_up("127.0.0.1");
    look_up("host.invalid");
    look_up("host.invalid");
    gethostbyname("other.invalid");
    return 0;
}
