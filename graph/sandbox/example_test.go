package sandbox_test

import (
	"context"
	"fmt"
	"time"

	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/secret"
)

// A simulated tenant on a free port of this machine, and one guest invited to it.
func ExampleTenant() {
	ctx := context.Background()
	tenant := sandbox.New(sandbox.Config{})
	server, err := tenant.Serve(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	client, err := graph.New(graph.Config{
		URL: server.URL, Connections: 1, Timeout: 10 * time.Second,
		Token: func(context.Context) (secret.Text, error) { return secret.New(sandbox.Token()), nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	receipt, err := client.Invite(ctx, graph.Invitation{
		EmailAddress: "pat@fabrikam.example", RedirectURL: "https://myapps.microsoft.com", SendMessage: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("status:", receipt.Status)
	fmt.Println("link:", receipt.RedeemURL)
	fmt.Println("emails:", tenant.Mails("pat@fabrikam.example"))
	// Output:
	// status: PendingAcceptance
	// link: [secret]
	// emails: 1
}
