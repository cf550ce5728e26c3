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
	token     func(context.Context) (secret.Text, error)
	fresh     func(context.Context) (secret.Text, error)
	forClaims func(ctx context.Context, claims string) (secret.Text, error)
	// lock is held while a token is replaced. It is a channel because a
	// cancelled request must not wait for it.
	lock chan struct{}

	mu sync.Mutex
	// spent is a token that is not worth replacing again: it was fresh and Graph
	// has not accepted it since, or replacing it failed.
	spent string
}

func newRenewal(cfg *Config) *renewal {
	return &renewal{token: cfg.Token, fresh: cfg.Fresh, forClaims: cfg.ForClaims, lock: make(chan struct{}, 1)}
}

// renew returns the token to repeat a request with after Graph refused one, or
// the zero secret.Text when there is none. claims are those that Graph asked for, ""
// for none.
func (r *renewal) renew(ctx context.Context, refused secret.Text, claims string) (secret.Text, error) {
	if claims == "" && r.fresh == nil || claims != "" && r.forClaims == nil {
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
	fresh, err := r.another(ctx, claims)
	if err != nil || fresh.IsZero() {
		r.markSpent(refused)
		return secret.Text{}, err
	}
	r.markSpent(fresh)
	if fresh.Reveal() == refused.Reveal() {
		return secret.Text{}, nil
	}
	return fresh, nil
}

// another gets a token that Graph has not seen.
func (r *renewal) another(ctx context.Context, claims string) (secret.Text, error) {
	if claims != "" {
		return r.forClaims(ctx, claims)
	}
	return r.fresh(ctx)
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
