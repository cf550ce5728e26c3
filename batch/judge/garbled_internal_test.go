package judge

import (
	"testing"

	"guestlist/internal/assert"
)

func TestGarbled(t *testing.T) {
	for s, want := range map[string]string{
		"JosÃ© GarcÃ\u00ada":    `looks garbled; likely "José García" is meant`,
		"Anna BergstrÃ¶m":       `looks garbled; likely "Anna Bergström" is meant`,
		"Å\u0081ukasz":          `looks garbled; likely "Łukasz" is meant`,
		"Anna Bergstr?m":        "has a question mark between letters, likely a letter that was lost",
		"Anna Bergstr\uFFFDm":   "has a character that could not be read (\uFFFD)",
		"ÐÐ½Ð½Ð°":               `looks garbled; likely "?нна" is meant`,
		"Êàòÿ":                  `looks garbled; likely "Катя" is meant`,
		"Ñàøà Èâàíîâ":           `looks garbled; likely "Саша Иванов" is meant`,
		"M&uuml;ller":           `has codes of a web page; likely "Müller" is meant`,
		"Berg &amp; Lund":       `has codes of a web page; likely "Berg & Lund" is meant`,
		"M=C3=BCller":           `has codes of an email; likely "Müller" is meant`,
		`M\u00fcller`:           `has codes of a program; likely "Müller" is meant`,
		`Anna \uD83D\uDE00`:     `has codes of a program; likely "Anna 😀" is meant`,
		`C:\users\u12`:          "",
		`A\u0000B \ud83d`:       "",
		"Jos‚":                  `looks garbled; likely "José" is meant`,
		"M\u0081ller":           `looks garbled; likely "Müller" is meant`,
		"Bj”rn Sj”berg":         `looks garbled; likely "Björn Sjöberg" is meant`,
		"J\u00fcrgen Gro\u00e1": "",
		"Universit„t K”ln":      `looks garbled; likely "Universität Köln" is meant`,
		"Fran‡ois P‚rez":        `looks garbled; likely "François Pérez" is meant`,
		"Mu¤oz Garc¡a":          `looks garbled; likely "Muñoz García" is meant`,
		"S\u00a0nchez L¢pez":    `looks garbled; likely "Sánchez López" is meant`,
		"“Bob” Smith":           "",
		"„Anna“ Berg":           "",
		"Müller–Lüdenscheidt":   "",
		"D’Angelo…":             "",
		"Anna Berg†":            "",
		"Fabrikam™ Žižek":       "",
		"Müller‚ Anna":          "",
		"€uro š":                "",
		"???? ????":             "has nothing but question marks, likely letters that were lost",
		"José García":           "",
		"AT&T; R&D":             "",
		"E=MC2":                 "",
		"Éé":                    "",
		"São João":              "",
		"Þórð":                  "",
		"Çå":                    "",
		"?":                     "",
		"Ãngela São":            "",
		"Müller & Söhne":        "",
		"李小明":                   "",
		"Really? Yes":           "",
		"Anna":                  "",
		"Ça va? Â":              "",
	} {
		got := ""
		if err := garbled(s); err != nil {
			got = err.What
		}
		assert.Equal(t, s, got, want)
	}
}

func TestTextMark(t *testing.T) {
	for s, want := range map[string]string{
		"'anna@x.example": "anna@x.example", "'Anna": "Anna", "'0170": "0170", "'+49 30": "+49 30", "'yes": "yes",
		"'t Hooft": "'t Hooft", "'s-Gravenmoer": "'s-Gravenmoer", "'Anna'": "'Anna'", "O'Brien": "O'Brien", "'": "'", "": "",
	} {
		assert.Equal(t, s, withoutTextMark(s), want)
	}
}
