// Corsage pins CORS headers on the answers of the dev backends that you choose,
// and relaxes their cookies, so that a frontend on your machine can use them.
package main

import (
	"context"
	_ "embed"
	"os"

	"corsage/ui/cli"
	"corsage/ui/desktop"
)

//go:embed FyneApp.toml
var metadata string

func main() {
	ctx, stop := cli.UntilSignal(context.Background())
	env := cli.Env{Stdout: os.Stdout, Stderr: os.Stderr, Desktop: desktop.Run, Headless: desktop.Headless, Metadata: metadata}
	code := cli.Run(ctx, env, os.Args[1:])
	stop()
	os.Exit(code)
}
