//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"guestlist/graph/sandbox"
)

// answer is as long as one of Graph's.
const answer = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#invitations/$entity","id":"7b92124c-9fa9-406f-8b8e-225df8376ba9",` +
	`"inviteRedeemUrl":"https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d` + sandbox.TenantID + `%26user%3d7b92124c-9fa9-406f-8b8e-225df8376ba9%26ticket%3dVV9dmiExBsfRIVNFjb5ITj9VXAd07Ypv4gTg%252f8PiuJs%253d%26ver%3d2.0",` +
	`"invitedUserDisplayName":"Fabrikam Admin","invitedUserType":"Guest","invitedUserEmailAddress":"admin@fabrikam.com","sendInvitationMessage":false,` +
	`"resetRedemption":false,"inviteRedirectUrl":"https://myapplications.microsoft.com/","status":"PendingAcceptance","invitedUser":{"id":"243b1de4-ad9f-421c-a933-d55305fb165d"}}`

// answerTo is the answer to the invitation of an address: each has ids and a ticket of its
// own, which do not pack, as those of Graph.
func answerTo(address string) string {
	random := sha256.Sum256([]byte(address))
	ticket := strings.NewReplacer("+", "%252b", "/", "%252f", "=", "%253d").Replace(base64.StdEncoding.EncodeToString(random[:]))
	return strings.NewReplacer(
		"admin@fabrikam.com", address,
		"243b1de4-ad9f-421c-a933-d55305fb165d", userID(address),
		"7b92124c-9fa9-406f-8b8e-225df8376ba9", guid(random[16:]),
		"VV9dmiExBsfRIVNFjb5ITj9VXAd07Ypv4gTg%252f8PiuJs%253d", ticket,
	).Replace(answer)
}

// userID is the object id of whoever is invited by an address.
func userID(address string) string {
	random := sha256.Sum256([]byte(address))
	return guid(random[:16])
}

// guid writes 16 bytes as Graph writes ids.
func guid(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// span is when requests came since it was asked last.
type span struct {
	Requests int       `json:"requests"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
}

// serve is the server's process. It answers every invitation with 201, says at
// /span when requests came, and ends with its standard input.
func serve(ctx context.Context, _ []string) error {
	var mu sync.Mutex
	var seen span
	mux := http.NewServeMux()
	mux.Handle("/v1.0/", sandbox.New(sandbox.Config{}))
	mux.HandleFunc("POST /v1.0/invitations", func(w http.ResponseWriter, r *http.Request) {
		var invitation struct {
			Address string `json:"invitedUserEmailAddress"`
		}
		_ = json.NewDecoder(r.Body).Decode(&invitation)
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		seen.Last = time.Now()
		if seen.Requests++; seen.Requests == 1 {
			seen.First = seen.Last
		}
		mu.Unlock()
		made := answerTo(invitation.Address)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, made)
	})
	mux.HandleFunc("GET /span", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = json.NewEncoder(w).Encode(seen)
		seen = span{}
	})
	return listen(ctx, mux)
}

const (
	// tenantUsers is how many users the tenant has in which guests are looked up, unless the
	// guests are more.
	tenantUsers = 300_000
	// tenantLatency is how long it takes for an answer where time is measured.
	tenantLatency = 100 * time.Millisecond
)

// serveTenant is the process of a tenant that has the guests of a list, of whom every other
// one has accepted, among its members: tenant ROWS LATENCY INVITED.
func serveTenant(ctx context.Context, args []string) error {
	guests := number(args[0])
	latency, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	invited, err := time.Parse(time.RFC3339, args[2])
	if err != nil {
		return err
	}
	people := make([]sandbox.Person, max(tenantUsers, guests))
	for n := range people {
		if n >= guests {
			people[n] = sandbox.Person{Address: fmt.Sprintf("member%d@contoso.example", n), Type: "Member"}
			continue
		}
		address := guest(n)[2]
		people[n] = sandbox.Person{Address: address, ID: userID(address), Created: invited}
		if n%2 == 0 {
			people[n].State, people[n].StateChanged = "Accepted", time.Now()
		}
	}
	tenant := sandbox.New(sandbox.Config{People: people, Latency: func() time.Duration { return latency }})
	return listen(ctx, tenant)
}

// listen answers at an address that it prints, until standard input ends.
func listen(ctx context.Context, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stdout, "http://%s\n", listener.Addr()); err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// server is a running server's process.
type server struct {
	url  string
	cmd  *exec.Cmd
	life io.Closer
}

// startServer starts one of the processes that answer requests.
func startServer(ctx context.Context, self string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, self, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, err
	}
	return &server{url: strings.TrimSpace(line), cmd: cmd, life: in}, nil
}

func (s *server) close() error { return errors.Join(s.life.Close(), s.cmd.Wait()) }

// span asks the server when requests came since the last time.
func (s *server) span(ctx context.Context) (seen span, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/span", nil)
	if err != nil {
		return seen, err
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		return seen, err
	}
	err = json.NewDecoder(response.Body).Decode(&seen)
	return seen, errors.Join(err, response.Body.Close())
}
