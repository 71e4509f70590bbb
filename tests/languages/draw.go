// Draws as Go programs do: from the kernel, without a C library in between.
package main

import (
	"crypto/rand"
	"fmt"
)

func main() {
	drawn := make([]byte, 8)
	if _, err := rand.Read(drawn); err != nil {
		panic(err)
	}
	fmt.Printf("%x\n", drawn)
}
