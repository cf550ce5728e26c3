package batch_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/graph/sandbox"
)

// BenchmarkQuota sends 750 rows at 150/5s over real sockets to a tenant that
// admits 150 requests in any 5 seconds, thrown-back ones included, and takes
// 0.3 to 1.2 s for an answer. It reports the share of the quota that was used
// and the share of requests that was thrown back, and takes half a minute:
//
//	go test -run '^$' -bench Quota -benchtime 1x ./batch
func BenchmarkQuota(b *testing.B) {
	const rows, requests, per = 750, 150, 5 * time.Second
	for b.Loop() {
		tenant := sandbox.New(sandbox.Config{
			Latency: func() time.Duration { return 300*time.Millisecond + rand.N(900*time.Millisecond) },
			Quota:   requests, Window: per, CountThrownBack: true, Record: true,
		})
		server, err := tenant.Serve(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		client, err := graph.New(graph.Config{
			URL: server.URL, Connections: 64, Timeout: time.Minute,
			Token: func(context.Context) (graph.Secret, error) { return graph.NewSecret("token"), nil },
		})
		if err != nil {
			b.Fatal(err)
		}
		run := batch.Run{
			Inviter: client, Journal: &memory{}, Rate: batch.Rate{Requests: requests, Per: per}, Workers: 64, MaxAttempts: 6,
		}
		if err := run.Do(b.Context(), guests(rows)); err != nil {
			b.Fatal(err)
		}
		seen, thrown := tenant.Requests(), 0
		for _, r := range seen {
			if r.Status == 429 {
				thrown++
			}
		}
		took := seen[len(seen)-1].At.Sub(seen[0].At)
		b.ReportMetric(100*float64(len(seen)-thrown)/took.Seconds()/(requests/per.Seconds()), "%quota")
		b.ReportMetric(100*float64(thrown)/float64(len(seen)), "%thrown")
		client.Close()
		_ = server.Close()
	}
}
