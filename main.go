// Command guestlist invites the people of a list into a Microsoft Entra tenant
// and keeps every answer.
package main

import (
	"os"

	"guestlist/internal/cli"
)

func main() { os.Exit(cli.Main()) }
