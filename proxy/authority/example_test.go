package authority_test

import (
	"fmt"
	"os"

	"corsage/proxy/authority"
)

// The CA is made at first use; the second Open finds it.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "corsage-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	first, err := authority.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := authority.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	leaf, err := second.Leaf("Dev.Example.com.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("same CA:", first.Certificate().Equal(second.Certificate()))
	fmt.Println("good for:", leaf.Leaf.DNSNames)
	fmt.Println("signed by it:", leaf.Leaf.CheckSignatureFrom(first.Certificate()) == nil)
	// Output:
	// same CA: true
	// good for: [dev.example.com]
	// signed by it: true
}
