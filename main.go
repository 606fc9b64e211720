// Labtop is top for an MQTT lab: it shows every device's readings live.
package main

import (
	"context"
	"os"

	"labtop/cli"
)

func main() {
	cli.BoundGarbage()
	ctx, stop := cli.Signalled(context.Background())
	code := cli.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
