package durable

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/internal/assert"
)

func TestAHolderOfAMomentIsWaitedFor(t *testing.T) {
	held, other := errors.New("held"), errors.New("other")
	isHeld := func(err error) bool { return errors.Is(err, held) }
	for _, test := range []struct {
		name   string
		answer func(after time.Duration) error
		want   error
		took   time.Duration
	}{
		{"free", func(time.Duration) error { return nil }, nil, 0},
		{"another error", func(time.Duration) error { return other }, other, 0},
		{"a scanner", func(after time.Duration) error {
			if after < time.Second {
				return held
			}
			return nil
		}, nil, time.Second},
		{"a person", func(time.Duration) error { return held }, held, patience},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			err := patiently(isHeld, func() error { return test.answer(time.Since(begun)) })
			if !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
			assert.Equal(t, test.name, time.Since(begun), test.took)
		})
	}
}
