// Numbers from the C++ library's random device, of every kind, and from a stream of the device's file.
#include <fstream>
#include <iostream>
#include <random>

int main() {
    for (const char *kind : {"default", "rdrand", "/dev/urandom", "getentropy"}) {
        try {
            std::random_device device(kind);
            unsigned drawn = device();
            std::cout << drawn << '\n';
        } catch (const std::exception &) {
            std::cout << "not here\n";
        }
    }
    std::ifstream file("/dev/urandom", std::ios::binary);
    long sum = 0;
    for (int at = 0; at < 300000; at++) {
        int byte = file.get();
        if (byte < 0) return 1;
        sum = sum * 31 + byte;
    }
    std::cout << sum << '\n';
}
