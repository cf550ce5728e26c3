package send_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"guestlist/batch"
	"guestlist/batch/send"
	"guestlist/graph"
	"guestlist/internal/assert"
)

func TestRates(t *testing.T) {
	for text, want := range map[string]string{
		"auto": "auto", "5/1s": "5/1s", "150/5s": "150/5s", "30/1m": "30/1m", "2/s": "2/1s", "0": "0", "1/24h": "1/24h",
	} {
		rate, err := send.ParseRate(text)
		if err != nil || rate.String() != want {
			t.Errorf("%q: %v %v", text, rate, err)
		}
	}
	for _, wrong := range []string{"", "5", "0/1s", "-1/1s", "5/0s", "5/-1s", "x/1s", "5/1y", "5/1ns", "9999999/1s", "5/25h"} {
		if rate, err := send.ParseRate(wrong); err == nil {
			t.Errorf("%q: %v", wrong, rate)
		}
	}
}

// climbed sends n rows at the rate that climbs. It returns when they left, since the first,
// and how long the run took.
func climbed(t *testing.T, n int, answer func(address string, try int) (graph.Receipt, error)) (left []time.Duration, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate = send.AutoRate()
		tr.graph.answer = func(_ context.Context, try int, inv graph.Invitation) (graph.Receipt, error) {
			time.Sleep(300*time.Millisecond + rand.N(700*time.Millisecond)) //nolint:forbidigo // virtual time
			if answer != nil {
				if r, err := answer(inv.EmailAddress, try); err != nil {
					return r, err
				}
			}
			return receipt(inv), nil
		}
		start := time.Now()
		if err := tr.do(t, guests(n)); err != nil {
			t.Fatal(err)
		}
		took = time.Since(start)
		for _, p := range tr.graph.posts {
			left = append(left, p.at.Sub(tr.graph.posts[0].at))
		}
	})
	return left, took
}

// most is how many requests left in any second.
func most(left []time.Duration) int {
	n := 0
	for i, at := range left {
		until, _ := slices.BinarySearch(left, at+time.Second)
		n = max(n, until-i)
	}
	return n
}

// The rate climbs from 5 to 24 a second, step by step, and no step is exceeded or wasted.
func TestAutoRateClimbs(t *testing.T) {
	left, took := climbed(t, 1800, nil)
	if took > 2*time.Minute {
		t.Errorf("1,800 guests took %v", took)
	}
	// Each step is for as many guests as leave in 20 seconds. Those that leave before the last
	// of them was answered are sent at the step before.
	for i, step := range []struct{ guests, rate int }{{0, 5}, {100, 10}, {300, 15}, {600, 20}, {1000, 24}} {
		if i > 0 {
			before := most(left[:step.guests+5])
			assert.Equal(t, "no faster before so many guests", before < step.rate, true)
		}
		assert.Equal(t, "most in a second of the step", most(left[:step.guests+100]), step.rate)
	}
	assert.Equal(t, "most in any second", most(left), 24)
	assert.Equal(t, "most in any second of the first hundred", most(left[:100]), 5)
	if at := left[99]; at < 19*time.Second || at > 21*time.Second {
		t.Errorf("the hundredth left after %v", at)
	}
	rest := len(left) - 1100
	if filled := float64(rest-1) / 24 / (left[len(left)-1] - left[1100]).Seconds(); filled < 0.98 {
		t.Errorf("the last step is filled to %.3f", filled)
	}
	if expected := send.AutoRate().Duration(1800); took < expected || took > expected+3*time.Second {
		t.Errorf("took %v, and %v were expected", took, expected)
	}
}

// What may be the tenant's word lets the rate climb no further until enough guests were
// invited after it.
func TestAutoRateStaysWhileTheTenantObjects(t *testing.T) {
	for name, objection := range map[string]error{
		"throttled":           refuse(429, time.Second, graph.Entry{}),
		"an unknown refusal":  refuse(400, 0, graph.Entry{}),
		"a fault with a wait": refuse(503, time.Second, graph.Entry{}),
	} {
		t.Run(name, func(t *testing.T) {
			// One row meets it when 80 guests are invited: without it, the rate climbs 20 later.
			objecting := func(address string, try int) (graph.Receipt, error) {
				if address == "guest80@x.example" && try == 1 {
					return graph.Receipt{}, objection
				}
				return graph.Receipt{}, nil
			}
			left, _ := climbed(t, 300, objecting)
			if n := most(left[:170]); n != 5 {
				t.Errorf("%d in a second before a hundred more were invited", n)
			}
			if n := most(left); n != 10 {
				t.Errorf("%d in a second after that", n)
			}
		})
	}
	usual, _ := climbed(t, 300, nil)
	assert.Equal(t, "most in a second without an objection", most(usual[:170]), 10)
}

// A refusal of the row itself, such as a blocked domain, is no word of the tenant.
func TestAutoRateClimbsWhereRowsFail(t *testing.T) {
	left, _ := climbed(t, 300, func(address string, _ int) (graph.Receipt, error) {
		if address == "guest80@x.example" {
			return graph.Receipt{}, refuse(400, 0, graph.Entry{Name: "BlockedDomain"})
		}
		return graph.Receipt{}, nil
	})
	assert.Equal(t, "most in a second", most(left[:170]), 10)
}

// The rate says how fast rows are sent, and nothing about how many.
func TestAutoRateKeepsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrial()
		tr.Rate, tr.Limit = send.AutoRate(), 250
		if err := tr.do(t, guests(1000)); !errors.Is(err, send.ErrLimit) {
			t.Fatal(err)
		}
		assert.Equal(t, "statuses", tr.journal.statuses(), map[batch.Status]int{batch.Invited: 250})
		assert.Equal(t, "climbed", tr.Meter.Snapshot().Climb.String(), "5/s to 10/s")
	})
}
