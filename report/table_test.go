package report

import (
	"testing"

	"guestlist/internal/assert"
)

func TestEscapeName(t *testing.T) {
	tests := map[string]string{ // heading: attribute
		"Email":           "Email",
		"E-mail\naddress": "E-mail_x000a_address",
		"a\r\nb\tc":       "a_x000d__x000a_b_x0009_c",
		"_x0041_":         "_x005F_x0041_",
		"ü & <":           "ü & <",
	}
	for heading, want := range tests {
		assert.Equal(t, heading, escapeName(heading), want)
		assert.Equal(t, heading+" read again", unescape(want), heading)
	}
}
