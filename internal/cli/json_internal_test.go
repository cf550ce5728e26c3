package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"guestlist/internal/assert"
)

// Whatever reads the JSON, in whatever encoding, reads the names.
func TestJSONIsASCII(t *testing.T) {
	const name = "José Ångström, 佐藤, \U0001F600 \"x\" \\u00e9 \x7f"
	var b bytes.Buffer
	if err := writeJSON(&b, map[string]string{"name": name}); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Bytes() {
		if c >= 0x80 {
			t.Fatalf("byte %#x in %s", c, &b)
		}
	}
	var read map[string]string
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	assert.Equal(t, "name", read["name"], name)
}
