package send_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/graph/sandbox"
	"guestlist/internal/assert"
	"guestlist/internal/need"
	"guestlist/internal/secret"
)

// documented is Microsoft's limit for invitations, of all apps of a tenant.
var documented = send.Rate{Requests: 150, Per: 5 * time.Second}

// overSockets sends rows at the documented rate over real sockets to a tenant
// that admits no more, throttled requests included, and takes 0.3 to 1.2 s
// for an answer. It returns what the tenant saw.
func overSockets(tb testing.TB, rows int) (taken, thrown int, took time.Duration) {
	tb.Helper()
	tenant := sandbox.New(sandbox.Config{
		Latency: func() time.Duration { return 300*time.Millisecond + rand.N(900*time.Millisecond) },
		Quota:   documented.Requests, Window: documented.Per, CountThrottled: true, Record: true,
	})
	server, err := tenant.Serve(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	client, err := graph.New(graph.Config{
		URL: server.URL, Connections: 64, Timeout: time.Minute,
		Token: func(context.Context) (secret.Text, error) { return secret.New("token"), nil },
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer client.Close()
	run := send.New(send.Config{Inviter: client, Journal: &memory{}, Rate: documented, Workers: 64, MaxAttempts: 6})
	if err := run.Do(tb.Context(), guests(rows)); err != nil {
		tb.Fatal(err)
	}
	seen := tenant.Requests()
	for _, r := range seen {
		if r.Status == 429 {
			thrown++
		}
	}
	return len(seen) - thrown, thrown, seen[len(seen)-1].At.Sub(seen[0].At)
}

// More rows than a window admits, so that the second window is entered while
// the first still counts. A machine under load may deliver a request later than
// the pace allows for, and then the next ones come too close: that passes, so
// it may happen twice. A wrong pace loses requests every time.
func TestDocumentedQuotaOverSockets(t *testing.T) {
	t.Parallel()
	need.Time(t, "sockets have no virtual time: it waits for seven seconds")
	const attempts = 3
	for attempt := 1; ; attempt++ {
		taken, thrown, _ := overSockets(t, 200)
		if taken != 200 {
			t.Fatalf("%d taken of 200", taken)
		}
		if thrown <= 2 {
			return
		}
		t.Logf("attempt %d: %d thrown back", attempt, thrown)
		if attempt == attempts {
			t.Fatal("too many were thrown back every time")
		}
	}
}

// BenchmarkQuota reports the share of the documented quota that 750 rows use,
// and the share of requests that is throttled. It takes half a minute:
//
//	go test -run '^$' -bench Quota -benchtime 1x ./batch/send
func BenchmarkQuota(b *testing.B) {
	for b.Loop() {
		taken, thrown, took := overSockets(b, 750)
		quota := float64(documented.Requests) / documented.Per.Seconds()
		b.ReportMetric(100*float64(taken)/took.Seconds()/quota, "%quota")
		b.ReportMetric(100*float64(thrown)/float64(taken+thrown), "%throttled")
	}
}

// A request that the client makes by itself - here the repeat with a new token after a
// 401 - passes the limiter and is counted.
func TestNoRequestLeavesUnseen(t *testing.T) {
	var seen atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		w.Header().Set("Request-Id", "r")
		if r.Header.Get("Authorization") != "Bearer new" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"invitedUserEmailAddress":"guest0@x.example","inviteRedeemUrl":"https://login.microsoftonline.com/redeem?rd=x","status":"PendingAcceptance","invitedUser":{"id":"u"}}`)
	}))
	t.Cleanup(server.Close)
	client, err := graph.New(graph.Config{
		URL: server.URL, Connections: 1, Timeout: time.Minute,
		Token: func(context.Context) (secret.Text, error) { return secret.New("old"), nil },
		Fresh: func(context.Context) (secret.Text, error) { return secret.New("new"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	meter := &send.Meter{}
	run := send.New(send.Config{Journal: &memory{}, Rate: send.Rate{Requests: 5, Per: time.Second}, Workers: 1, MaxAttempts: 1, Meter: meter})
	run.Inviter = client.With(run.Gate)
	if err := run.Do(t.Context(), guests(1)); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "requests that the server saw and the run counted", []int{int(seen.Load()), meter.Snapshot().Requests}, []int{2, 2})
}
