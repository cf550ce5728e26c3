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
		"86400":   24 * time.Hour,
		"9999999": 9999999 * time.Second,
		"1e99":    maxRetryAfter,
		"Inf":     maxRetryAfter,
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

func TestWhatAnAnswerProves(t *testing.T) {
	described := Entry{Name: "TargetAddressNotFound", Texts: []string{"unable to find target address"}}
	byStatus := Entry{Name: "ServiceFault", Statuses: []int{503}}
	for _, test := range []struct {
		refusal                Refusal
		throttled, open, fault bool
	}{
		{Refusal{Status: 429}, true, false, false},
		{Refusal{Status: 429, RetryAfter: time.Second}, true, false, false},
		{Refusal{Status: 403, Code: "Request_ThrottledTemporarily"}, true, false, true},
		{Refusal{Status: 503, Envelope: true}, false, false, true}, // it was not processed
		{Refusal{Status: 503, Envelope: true, RetryAfter: time.Second, Entry: byStatus}, true, false, true},
		{Refusal{Status: 503}, false, true, true},
		{Refusal{Status: 503, RetryAfter: time.Second}, false, true, true}, // something in front of Graph says so
		{Refusal{Status: 500, Envelope: true}, false, true, true},
		{Refusal{Status: 500, Envelope: true, Entry: described}, false, true, false},
		{Refusal{Status: 502}, false, true, true},
		{Refusal{Status: 504, Envelope: true, RetryAfter: time.Second}, false, true, true},
		{Refusal{Status: 509, Envelope: true}, false, true, true},
		{Refusal{Status: 408}, false, true, true},
		{Refusal{Status: 400, Envelope: true}, false, false, false},
		{Refusal{Status: 403, Envelope: true}, false, false, false},
	} {
		r := &test.refusal
		if r.Throttled() != test.throttled || r.Open() != test.open || r.Fault() != test.fault {
			t.Errorf("%+v: throttled %t, open %t, fault %t", r, r.Throttled(), r.Open(), r.Fault())
		}
	}
}

func TestOnlyGraphsEnvelopeIsOne(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":{"code":"ServiceUnavailable","message":"x"}}`: true,
		`{"error":{"message":"x"}}`:                             false,
		`{"error":"ServiceUnavailable"}`:                        false,
		"<html><title>503</title></html>":                       false,
		"":                                                      false,
	} {
		if got := refusal(answer{status: 503, header: http.Header{}, body: []byte(body)}).Envelope; got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
}
