package graph

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfterInAllItsForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":        0,
		"soon":    0,
		"NaN":     0,
		"0":       time.Second,
		"-5":      time.Second,
		"10":      10 * time.Second,
		"2.128":   3 * time.Second,
		"315":     315 * time.Second,
		"1e99":    time.Hour,
		"Inf":     time.Hour,
		"9999999": time.Hour,
		now.Add(42 * time.Second).Format(http.TimeFormat): 42 * time.Second,
		now.Add(-time.Minute).Format(http.TimeFormat):     time.Second,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "2.5", "Mon, 23 Nov 2026 12:00:00 GMT", "0x1p9", "-Inf"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got := retryAfter(value, now)
		if got != 0 && (got < time.Second || got > maxRetryAfter || math.Mod(got.Seconds(), 1) != 0) {
			t.Errorf("%q: %v", value, got)
		}
	})
}

func FuzzRefusal(f *testing.F) {
	f.Add(400, []byte(`{"error":{"code":"BadRequest","message":"x"}}`))
	f.Add(502, []byte("<html><script>alert(1)</script></html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := refusal(answer{status: status, header: http.Header{}, body: body})
		if r.Message == "" || len(r.Message) > maxMessage+3 || strings.ContainsAny(r.Message, "\n\r\x00\x1b") {
			t.Errorf("message %q", r.Message)
		}
	})
}

func TestUserIDIsReadFromTheMessage(t *testing.T) {
	for message, want := range map[string]string{
		"exists as object ID: 0a0b0c0d-0000-0000-0000-000000000001. They": "0a0b0c0d-0000-0000-0000-000000000001",
		"exists as objectID 0A0B0C0D-0000-0000-0000-000000000001, but":    "0A0B0C0D-0000-0000-0000-000000000001",
		"exists as object ID: soon":                                       "",
	} {
		if got := (&Refusal{Message: message}).UserID(); got != want {
			t.Errorf("%q: got %q", message, got)
		}
	}
}

func TestOnlyNamedWaitsProveThatNothingWasDone(t *testing.T) {
	for _, test := range []struct {
		status          int
		after           time.Duration
		throttled, open bool
	}{
		{429, 0, true, false},
		{429, time.Second, true, false},
		{503, time.Second, true, false},
		{503, 0, false, true},
		{500, 0, false, true},
		{502, 0, false, true},
		{504, 0, false, true},
		{504, time.Second, false, true},
		{408, 0, false, true},
		{400, 0, false, false},
		{403, 0, false, false},
	} {
		r := &Refusal{Status: test.status, RetryAfter: test.after}
		if r.Throttled() != test.throttled || r.Open() != test.open {
			t.Errorf("%d after %v: throttled %t, open %t", test.status, test.after, r.Throttled(), r.Open())
		}
	}
}
