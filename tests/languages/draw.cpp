// Draws as C++ programs do: from a device that the standard library chooses, and from a generator seeded by it.
#include <iostream>
#include <random>

int main()
{
    std::random_device device;
    std::mt19937_64 generator(device());
    std::cout << device() << ' ' << generator() << '\n';
}
