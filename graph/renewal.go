package graph

import (
	"context"
	"sync"

	"guestlist/internal/secret"
)

// renewal replaces a token that Graph refused by a fresh one. However many
// requests meet the same refusal, one of them gets the fresh token and the
// others share it.
type renewal struct {
	token, fresh func(context.Context) (secret.Text, error)
	// lock is held while a token is replaced. It is a channel because a
	// cancelled request must not wait for it.
	lock chan struct{}

	mu sync.Mutex
	// spent is a token that is not worth replacing again: it was fresh and Graph
	// has not accepted it since, or replacing it failed.
	spent string
}

func newRenewal(cfg *Config) *renewal {
	return &renewal{token: cfg.Token, fresh: cfg.Fresh, lock: make(chan struct{}, 1)}
}

// renew returns the token to repeat a request with after Graph refused one, or
// the zero secret.Text when there is none.
func (r *renewal) renew(ctx context.Context, refused secret.Text) (secret.Text, error) {
	if r.fresh == nil {
		return secret.Text{}, nil
	}
	select {
	case r.lock <- struct{}{}:
		defer func() { <-r.lock }()
	case <-ctx.Done():
		return secret.Text{}, context.Cause(ctx)
	}
	current, err := r.token(ctx)
	if err != nil || current.Reveal() != refused.Reveal() {
		return current, err // another request has replaced it
	}
	if r.isSpent(refused) {
		return secret.Text{}, nil
	}
	fresh, err := r.fresh(ctx)
	if err != nil {
		r.markSpent(refused)
		return secret.Text{}, err
	}
	r.markSpent(fresh)
	if fresh.Reveal() == refused.Reveal() {
		return secret.Text{}, nil
	}
	return fresh, nil
}

// accepted notes that Graph accepted a token: if Graph refuses it one day, it
// may be replaced again.
func (r *renewal) accepted(token secret.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spent == token.Reveal() {
		r.spent = ""
	}
}

func (r *renewal) markSpent(token secret.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent = token.Reveal()
}

func (r *renewal) isSpent(token secret.Text) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spent == token.Reveal()
}
