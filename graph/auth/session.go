package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"guestlist/internal/secret"
)

const (
	// renewBefore is how long before its end a token is renewed when the
	// authority names no time itself. Entra's tokens live for an hour or so.
	renewBefore = 5 * time.Minute
	// renewPause is the shortest time between two renewals: a token that is
	// near its end when it comes must not cause one for every request.
	renewPause = 30 * time.Second
)

// method is one way to get tokens. Its owner makes no two calls at a time.
type method interface {
	mode() Mode
	// get may answer from a cache; fresh does not.
	get(context.Context) (token, error)
	fresh(context.Context) (token, error)
	// forClaims gets a token that has some claims. The zero token says that the method
	// has no way to.
	forClaims(ctx context.Context, claims string) (token, error)
}

// Session is a sign-in. It is safe for concurrent use.
type Session struct {
	// methods are tried in their order until one returns a token; from then on
	// only that one is asked.
	methods []method
	// lock is held while a method is asked. It is a channel because a cancelled
	// caller must not wait for it.
	lock chan struct{}

	mu       sync.Mutex
	current  token
	answered method
	// failures counts failed sign-ins and lastErr is the latest. Callers that
	// waited for it share it, so that 32 workers do not send a wrong secret 32 times.
	failures int
	lastErr  error
}

func newSession(methods ...method) *Session {
	return &Session{methods: methods, lock: make(chan struct{}, 1)}
}

// Method returns the name of the mode that gave the token, which tells what
// [ModeDefault] found. It is "" before the first token.
func (s *Session) Method() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answered == nil {
		return ""
	}
	return string(s.answered.mode())
}

// Token returns the current token, signing in where there is none. One that
// nears its end is renewed by one caller while the others go on with it; if
// that fails, it serves until its end. Errors are [*FailedError],
// [*UnavailableError], [*NoneError] and that of the context.
func (s *Session) Token(ctx context.Context) (secret.Text, error) {
	now := time.Now()
	t, failures := s.snapshot()
	switch {
	case !t.alive(now):
		select {
		case s.lock <- struct{}{}:
		case <-ctx.Done():
			return secret.Text{}, context.Cause(ctx)
		}
	case !t.due(now):
		return t.text, nil
	default:
		select {
		case s.lock <- struct{}{}:
		default:
			return t.text, nil // another caller renews it
		}
	}
	defer func() { <-s.lock }()
	return s.renew(ctx, failures)
}

// Fresh gets a new token although the current one has not ended: Graph does
// not accept it. The Azure CLI has no way to do so and may repeat itself, and a
// ready-made token is the only one. Errors are those of [Session.Token].
func (s *Session) Fresh(ctx context.Context) (secret.Text, error) {
	return s.replace(ctx, func(m method) (token, error) { return m.fresh(ctx) })
}

// ForClaims gets a token that has the claims that Graph asked for, a JSON object; the
// zero text where the method has no way to. Errors are those of [Session.Token], and
// [*ClaimsError].
func (s *Session) ForClaims(ctx context.Context, claims string) (secret.Text, error) {
	return s.replace(ctx, func(m method) (token, error) { return m.forClaims(ctx, claims) })
}

// replace gets another token from the method that gave the current one.
func (s *Session) replace(ctx context.Context, get func(method) (token, error)) (secret.Text, error) {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return secret.Text{}, context.Cause(ctx)
	}
	if s.Method() == "" {
		_, failures := s.snapshot()
		return s.renew(ctx, failures)
	}
	t, err := get(s.answered)
	if err != nil || t.text.IsZero() {
		return secret.Text{}, err
	}
	s.keep(t)
	return t.text, nil
}

// snapshot returns the current token and the number of failures so far.
func (s *Session) snapshot() (token, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.failures
}

// renew gets a token unless another caller has done so meanwhile, or has failed
// since the given number of failures. The caller holds the lock.
func (s *Session) renew(ctx context.Context, failures int) (secret.Text, error) {
	now := time.Now()
	t, n := s.snapshot()
	switch {
	case t.alive(now) && !t.due(now):
		return t.text, nil
	case !t.alive(now) && n > failures:
		return secret.Text{}, s.lastErr
	}
	got, err := s.ask(ctx)
	switch {
	case err == nil:
		s.keep(got)
		return got.text, nil
	case t.alive(now):
		t.renew = now.Add(renewPause)
		s.keep(t)
		return t.text, nil
	case ctx.Err() == nil:
		s.fail(err)
	}
	return secret.Text{}, err
}

// ask gets a token from the method that gave the last one, or from the first
// that exists here.
func (s *Session) ask(ctx context.Context) (token, error) {
	if s.answered != nil {
		return s.answered.get(ctx)
	}
	var tried []error
	for i, m := range s.methods {
		t, err := m.get(ctx)
		if err == nil {
			s.setAnswered(m)
			return t, nil
		}
		tried = append(tried, err)
		if last := i == len(s.methods)-1; !last && !errors.As(err, new(*UnavailableError)) || ctx.Err() != nil {
			return token{}, err
		}
	}
	if len(tried) == 1 {
		return token{}, tried[0]
	}
	return token{}, &NoneError{Tried: tried}
}

func (s *Session) setAnswered(m method) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = m
}

// keep makes a token the current one.
func (s *Session) keep(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pause := time.Now().Add(renewPause); !t.renew.IsZero() && t.renew.Before(pause) {
		t.renew = pause
	}
	s.current = t
}

func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	s.lastErr = err
}
