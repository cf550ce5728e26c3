package graph

import (
	"context"
	"sync"

	"guestlist/internal/secret"
)

// renewal trades a token that Graph refused for a fresh one. However many
// requests meet the same refusal, one of them trades and the others share what
// came of it.
type renewal struct {
	token, fresh func(context.Context) (secret.Text, error)
	// turn holds whoever trades: a lock that a cancelled request need not wait for.
	turn chan struct{}

	mu sync.Mutex
	// spent is a token that is not worth trading: it came from a trade and Graph
	// has not accepted it since, or its trade failed.
	spent string
}

func newRenewal(cfg *Config) *renewal {
	return &renewal{token: cfg.Token, fresh: cfg.Fresh, turn: make(chan struct{}, 1)}
}

// trade returns the token to repeat a request with after Graph refused one, or
// the zero secret.Text when there is none to be had.
func (r *renewal) trade(ctx context.Context, refused secret.Text) (secret.Text, error) {
	if r.fresh == nil {
		return secret.Text{}, nil
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return secret.Text{}, context.Cause(ctx)
	}
	current, err := r.token(ctx)
	if err != nil || current.Reveal() != refused.Reveal() {
		return current, err // somebody traded it before
	}
	if r.isSpent(refused) {
		return secret.Text{}, nil
	}
	got, err := r.fresh(ctx)
	if err != nil {
		r.spend(refused)
		return secret.Text{}, err
	}
	r.spend(got)
	if got.Reveal() == refused.Reveal() {
		return secret.Text{}, nil
	}
	return got, nil
}

// accept notes that Graph took a token: if it is refused one day, it may be
// traded again.
func (r *renewal) accept(token secret.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spent == token.Reveal() {
		r.spent = ""
	}
}

func (r *renewal) spend(token secret.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent = token.Reveal()
}

func (r *renewal) isSpent(token secret.Text) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spent == token.Reveal()
}
