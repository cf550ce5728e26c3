package send_test

import (
	"testing"

	"guestlist/batch/send"
)

func TestRates(t *testing.T) {
	for text, want := range map[string]string{
		"5/1s": "5/1s", "150/5s": "150/5s", "30/1m": "30/1m", "2/s": "2/1s", "0": "0", "1/24h": "1/24h",
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
