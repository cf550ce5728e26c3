package xlsx

import (
	"testing"

	"guestlist/internal/assert"
)

func TestDecodeXString(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain": "plain", "_x": "_x", "a_x000D_b": "a\rb", "_x000D__x000A_": "\r\n", "_x005F_x000D_": "_x000D_",
		"_xD83D__xDE00_!": "😀!", "_xZZZZ_": "_xZZZZ_", "first_xml_name": "first_xml_name", "_x00e4_": "ä",
	} {
		assert.Equal(t, text, decodeXString(text), want)
	}
}
