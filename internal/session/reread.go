package session

import (
	"context"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"guestlist/batch"
	"guestlist/graph"
)

const (
	// rereadAfter is how old the reading of who is in the tenant may be when a row is handed
	// over to be sent: a run of 100,000 rows takes more than an hour, and what another machine
	// does meanwhile, the tenant alone tells. A guest takes up to minutes to appear in the
	// directory, so that a fresher reading would hardly tell more.
	rereadAfter = 5 * time.Minute
	// rereadTogether is how many rows are looked up at once, ahead of their turn: as many as
	// one request takes.
	rereadTogether = 60
	// rereadWait is how long their answer is waited for: during an outage, rows that are sent
	// find out when it is over.
	rereadWait = 10 * time.Second
)

// reread looks those up again who are about to be sent an invitation, where the reading
// at the begin of the run is too old. As that one, it is not counted in the rate.
type reread struct {
	lookUp func(ctx context.Context, addresses []string) (map[string][]graph.User, error)
	log    *slog.Logger
	// found are the addresses that were there by then.
	found map[string]bool
	// through says that the list was gone through. Rows that are put last come a second
	// time, together with those that are guests by this run: they are not looked up again.
	through bool

	lookUps sync.WaitGroup
}

// ahead are rows of the list whose turn is next.
type ahead struct {
	rows []batch.Row
	// err is what is wrong with the list behind the rows.
	err error
	// read is when those who would be invited were looked up, found who was there. It gets
	// nothing where that failed.
	read  time.Time
	found <-chan map[string][]graph.User
}

// rows passes the rows of the list on, and looks those behind them up meanwhile. Where
// that fails, what was known before counts.
func (r *reread) rows(ctx context.Context, s *Session, rows iter.Seq2[batch.Row, error]) iter.Seq2[batch.Row, error] {
	if r.through || !s.presences.DirectoryRead {
		return rows
	}
	return func(yield func(batch.Row, error) bool) {
		r.through = true
		ctx, cancel := context.WithCancel(ctx)
		defer r.lookUps.Wait()
		defer cancel()
		next, stop := iter.Pull2(rows)
		defer stop()
		for now := r.next(ctx, s, next); len(now.rows) > 0 || now.err != nil; {
			then := ahead{err: now.err}
			if now.err == nil {
				then = r.next(ctx, s, next)
			}
			for i, row := range now.rows {
				if time.Since(now.read) >= rereadAfter { // the rate is low
					now.read, now.found = r.start(ctx, s, now.rows[i:])
				}
				r.note(ctx, s, &now)
				if !yield(row, nil) {
					return
				}
			}
			if now.err != nil {
				yield(batch.Row{}, now.err)
				return
			}
			now = then
		}
	}
}

// next takes the next rows and begins to look them up.
func (r *reread) next(ctx context.Context, s *Session, next func() (batch.Row, error, bool)) (a ahead) {
	for len(a.rows) < rereadTogether {
		row, err, ok := next()
		if a.err = err; err != nil || !ok {
			break
		}
		a.rows = append(a.rows, row)
	}
	a.read = s.directoryRead
	if time.Since(a.read) >= rereadAfter {
		a.read, a.found = r.start(ctx, s, a.rows)
	}
	return a
}

// start begins to look up those of some rows who would be invited.
func (r *reread) start(ctx context.Context, s *Session, rows []batch.Row) (read time.Time, found <-chan map[string][]graph.User) {
	var addresses []string
	for _, row := range rows {
		key := addressKey(s.source.askedHeader().Value(row, batch.Email))
		if address := s.candidates[key]; address != "" && s.presences.Get(key).Kind == "" {
			addresses = append(addresses, address)
		}
	}
	if len(addresses) == 0 {
		return time.Now(), nil
	}
	answer := make(chan map[string][]graph.User, 1)
	r.lookUps.Go(func() {
		defer close(answer)
		ctx, cancel := context.WithTimeout(ctx, rereadWait)
		defer cancel()
		found, err := r.lookUp(ctx, addresses)
		if err != nil {
			r.log.WarnContext(ctx, "not looked up again", "rows", len(addresses), "error", err.Error())
			return
		}
		answer <- found
	})
	return time.Now(), answer
}

// note takes what a look-up found, once it is there.
func (r *reread) note(ctx context.Context, s *Session, a *ahead) {
	if a.found == nil {
		return
	}
	select {
	case found := <-a.found:
		for address, users := range found {
			for _, u := range users {
				key := batch.Key(strings.ToLower(address))
				s.presences.add(key, u, a.read.UTC())
				if r.found == nil {
					r.found = make(map[string]bool)
				}
				r.found[key] = true
			}
		}
	case <-ctx.Done():
	}
	a.found = nil
}
