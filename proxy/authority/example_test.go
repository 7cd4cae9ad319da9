package authority_test

import (
	"fmt"
	"os"

	"corsage/proxy/authority"
)

// A profile's root is made at first use, and signs for its hosts alone.
func ExampleRoots_For() {
	dir, err := os.MkdirTemp("", "corsage-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	roots, err := authority.OpenRoots(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	shop, err := roots.For("/home/ada/.config/corsage/profiles/shop.yaml", []string{"dev.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	leaf, err := shop.Leaf("Dev.Example.com.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("good for:", leaf.Leaf.DNSNames)
	fmt.Println("signed by it:", leaf.Leaf.CheckSignatureFrom(shop.Certificate()) == nil)
	_, err = shop.Leaf("example.com")
	fmt.Println(err)
	// Output:
	// good for: [dev.example.com]
	// signed by it: true
	// dev CA: certificate for "example.com": its root is constrained to dev.example.com; use this host in a profile
}
