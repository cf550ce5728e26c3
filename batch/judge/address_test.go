package judge_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

func TestAddressesAsPeopleWriteThem(t *testing.T) {
	const anna = "anna@x.example"
	for cell, want := range map[string]judge.Mailbox{
		anna:                     {Address: anna},
		"Anna@X.example":         {Address: "Anna@X.example"},
		" \t anna@x.example\r\n": {Address: anna},
		"\ufeff\u00a0anna@x.example\u200b\u00ad\u2060": {Address: anna},
		"anna@x.example;":                             {Address: anna},
		"anna@x.example , ":                           {Address: anna},
		"anna@x.example.":                             {Address: anna},
		"; anna@x.example":                            {Address: anna},
		"'anna@x.example'":                            {Address: anna},
		"\"anna@x.example\"":                          {Address: anna},
		"“anna@x.example”":                            {Address: anna},
		"„anna@x.example“":                            {Address: anna},
		"‘anna@x.example’":                            {Address: anna},
		"«\u00a0anna@x.example\u00a0»":                {Address: anna},
		"»anna@x.example«":                            {Address: anna},
		"(anna@x.example)":                            {Address: anna},
		"<anna@x.example>":                            {Address: anna},
		"<anna@x.example>;":                           {Address: anna},
		"mailto:anna@x.example":                       {Address: anna},
		"MailTo: anna@x.example?subject=Hi%20you":     {Address: anna},
		"mailto:anna%40x.example?cc=b@y.example":      {Address: anna},
		"mailto:anna%2Bb@x.example":                   {Address: "anna+b@x.example", Special: "+"},
		"mailto:100%@x.example":                       {Address: "100%@x.example", Special: "%"},
		"<mailto:anna@x.example>":                     {Address: anna},
		"SMTP:anna@x.example":                         {Address: anna},
		"smtp: anna@x.example;":                       {Address: anna},
		"Anna Berg <anna@x.example>":                  {Address: anna, Name: "Anna Berg"},
		"Anna Berg<anna@x.example>":                   {Address: anna, Name: "Anna Berg"},
		`"Berg, Anna" <anna@x.example>`:               {Address: anna, Name: "Berg, Anna"},
		`"Anna \"Annie\" Berg" <anna@x.example>`:      {Address: anna, Name: `Anna "Annie" Berg`},
		"'Anna Berg' <'anna@x.example'>":              {Address: anna, Name: "Anna Berg"},
		"Berg, Anna <anna@x.example>; ":               {Address: anna, Name: "Berg, Anna"},
		"Anna\n Berg <anna@x.example>":                {Address: anna, Name: "Anna Berg"},
		"=?utf-8?q?Anna_B=C3=A9rg?= <anna@x.example>": {Address: anna, Name: "Anna Bérg"},
		"=?iso-8859-1?Q?J=F6rg?= <anna@x.example>":    {Address: anna, Name: "Jörg"},
		"=?klingon?q?Anna?= <anna@x.example>":         {Address: anna, Name: "=?klingon?q?Anna?="},
		"Anna Berg [mailto:anna@x.example]":           {Address: anna, Name: "Anna Berg"},
		"Anna Berg<mailto:anna@x.example>":            {Address: anna, Name: "Anna Berg"},
		"anna@x.example<mailto:anna@x.example>":       {Address: anna},
		"anna@x.example <ANNA@x.example>":             {Address: "ANNA@x.example"},
		"anna@x.example (Anna Berg)":                  {Address: anna, Name: "Anna Berg"},
		"o'brien@x.example":                           {Address: "o'brien@x.example", Special: "'"},
		"a+b!c+d@x.example":                           {Address: "a+b!c+d@x.example", Special: "!+"},
		"_a-b.c@sub.x-y.example":                      {Address: "_a-b.c@sub.x-y.example"},
		"jürgen@müller.example":                       {Address: "jürgen@müller.example"},
		"ju\u0308rgen@mu\u0308ller.example":           {Address: "jürgen@müller.example"},
		"anna@xn--mller-kva.example":                  {Address: "anna@xn--mller-kva.example"},
	} {
		got, err := judge.ReadAddress(cell)
		if err != nil {
			t.Errorf("%q: %v", cell, err)
		}
		assert.Equal(t, cell, got, want)
	}
}

func TestWhatIsNoAddressSaysWhy(t *testing.T) {
	long := strings.Repeat("a", 65)
	for _, test := range []struct {
		cell string
		kind batch.Kind
		what string // a part of it
	}{
		{"", batch.KindNoAddress, "no address"},
		{" \u200b\u00a0", batch.KindNoAddress, "no address"},
		{"<>", batch.KindNoAddress, "no address"},
		{"mailto:", batch.KindNoAddress, "no address"},
		{"n/a", batch.KindNotAnAddress, "name@example.com"},
		{"anna", batch.KindNotAnAddress, "name@example.com"},
		{"anna@", batch.KindNotAnAddress, "name@example.com"},
		{"@x.example", batch.KindNotAnAddress, "name@example.com"},
		{"Anna Berg anna@x.example", batch.KindCharacter, "contains a space"},
		{"<anna@x.example> Anna Berg", batch.KindCharacter, "contains a space"},
		{"anna<b@x.example", batch.KindNotAnAddress, "name@example.com"},
		{`"anna berg"@x.example`, batch.KindCharacter, "contains a space"},
		{`"anna"@x.example`, batch.KindNotAnAddress, "name@example.com"},
		{"anna@@x.example", batch.KindNotAnAddress, "more than one @"},
		{"anna@x.example/b@x.example", batch.KindNotAnAddress, "more than one @"},
		{".anna@x.example", batch.KindNotAnAddress, "dot first or last"},
		{"anna.@x.example", batch.KindNotAnAddress, "dot first or last"},
		{"an..na@x.example", batch.KindNotAnAddress, "dot first or last"},
		{"anna@localhost", batch.KindDomain, "the domain \"localhost\", which is incomplete (no .com, .org, ...)"},
		{"anna@x..example", batch.KindDomain, "invalid domain"},
		{"anna@-x.example", batch.KindDomain, "invalid domain"},
		{"anna@x_y.example", batch.KindDomain, "invalid domain"},
		{"anna@192.168.1.1", batch.KindDomain, "invalid domain"},
		{"anna@ab--cd.example", batch.KindDomain, "invalid domain"},
		{"anna@xn--a.example", batch.KindDomain, "invalid domain"},
		{"anna@" + strings.Repeat("x.", 130) + "y", batch.KindDomain, "invalid domain"},
		{long + "@x.example", batch.KindAddressLength, "longer"},
		{"anna@" + strings.Repeat(strings.Repeat("x", 49)+".", 4) + strings.Repeat("x", 43) + ".example", batch.KindAddressLength, "longer"},
		{strings.Repeat("mailto:", 5000) + "anna@x.example", batch.KindAddressLength, "longer"},
		{"anna@" + strings.Repeat("ü", 2000), batch.KindDomain, "invalid domain"},
		{"anna @x.example", batch.KindCharacter, "contains a space"},
		{"an\u00a0na@x.example", batch.KindCharacter, "contains a no-break space (U+00A0)"},
		{"an\u2003na@x.example", batch.KindCharacter, "contains a space (U+2003)"},
		{"an\u200bna@x.example", batch.KindCharacter, "contains an invisible character (U+200B)"},
		{"an\u00adna@x.example", batch.KindCharacter, "contains an invisible character (U+00AD)"},
		{"an\ufe0fna@x.example", batch.KindCharacter, "contains an invisible character (U+FE0F)"},
		{"anna@x\u200b.example", batch.KindCharacter, "contains an invisible character (U+200B)"},
		{"an\x00na@x.example", batch.KindCharacter, "contains a control character (U+0000)"},
		{"anna@x.example\nBcc: all", batch.KindCharacter, "contains a line break"},
		{"an\tna@x.example", batch.KindCharacter, "contains a tab"},
		{"an\xffna@x.example", batch.KindCharacter, "not text"},
		{"a@x.example; b@x.example", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"a@x.example,b@x.example,c@y.example", batch.KindSeveralAddresses, "contains 3 addresses"},
		{"a@x.example b@x.example", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"a@x.example\nb@x.example\r\n", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"a@x.example; a@x.example", batch.KindSeveralAddresses, "contains 2 addresses"},
		{`"Berg, Anna" <a@x.example>, Bo <b@x.example>`, batch.KindSeveralAddresses, "contains 2 addresses"},
		{"a@y.example <a@x.example>", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"a@x.example (b@x.example)", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"mailto:a@x.example,b@x.example?subject=x", batch.KindSeveralAddresses, "contains 2 addresses"},
		{"mailto:a@x.example%0Ab@x.example", batch.KindCharacter, "line break"},
	} {
		box, err := judge.ReadAddress(test.cell)
		wrong, ok := errors.AsType[*judge.CellError](err)
		if !ok || wrong.Kind != test.kind || !strings.Contains(wrong.What, test.what) || wrong.Hint() == "" {
			t.Errorf("%q: %+v, %#v", test.cell, box, err)
		}
	}
}

// The advice says what to keep in the cell, and must not join a name to an address.
func TestAddressAmongOtherWords(t *testing.T) {
	for _, cell := range []string{
		"Anna Berg anna@x.example", "anna@x.example Anna", "mail: anna@x.example", "anna@x.example<br>", "<anna@x.example", "anna@x.example;bob",
	} {
		_, err := judge.ReadAddress(cell)
		wrong, ok := errors.AsType[*judge.CellError](err)
		if !ok || !strings.Contains(wrong.Advice, "If anna@x.example is the whole address, leave only that in the cell") {
			t.Errorf("%q: %v %+v", cell, err, wrong)
		}
	}
	for _, cell := range []string{"anna @x.example", "anna@x .example", "anna\u200bberg@x.example", "eve\x1b[31m@x.example", "anna"} {
		_, err := judge.ReadAddress(cell)
		wrong, ok := errors.AsType[*judge.CellError](err)
		if !ok || strings.Contains(wrong.Advice, "leave only") {
			t.Errorf("%q: %v %+v", cell, err, wrong)
		}
	}
}

func TestDomainsAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]string{
		"contoso.com": "contoso.com", "\t@Contoso.COM\n": "contoso.com", "contoso.com.": "contoso.com",
		"müller.example": "xn--mller-kva.example", "@xn--mller-kva.example": "xn--mller-kva.example",
	} {
		got, err := judge.CheckDomain(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		assert.Equal(t, text, got, want)
		assert.Equal(t, "again", batch.Domain("anna@"+text[strings.IndexFunc(text, unicode.IsLetter):]) == "", false)
	}
	for _, wrong := range []string{"", "@", "contoso", "*.contoso.com", "https://contoso.com", "anna@contoso.com", "contoso com", "10.0.0.1"} {
		if got, err := judge.CheckDomain(wrong); err == nil {
			t.Errorf("%q: %q", wrong, got)
		}
	}
}

func FuzzReadAddress(f *testing.F) {
	for _, seed := range []string{
		"pat@x.example", "\"a b\"@x.example", "Pat <p@x.example>", "p@[::1]", "ü@ü.example", "mailto:a%40b.example?x=y",
		"“a@b.example”", "a@b.example<mailto:a@b.example>", "=?utf-8?q?a?= <a@b.example>", "a@xn--mller-kva.example", "a@b.c; d@e.f", "'a@b.c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		box, err := judge.ReadAddress(cell)
		key := batch.Key(cell)
		if again := batch.Key(key); again != key {
			t.Errorf("%q has the key %q, and that has %q", cell, key, again)
		}
		if err != nil {
			if _, ok := errors.AsType[*judge.CellError](err); !ok || box != (judge.Mailbox{}) {
				t.Errorf("%q: %+v, %#v", cell, box, err)
			}
			return
		}
		again, err := judge.ReadAddress(box.Address)
		if err != nil || again.Address != box.Address || again.Name != "" || again.Special != box.Special {
			t.Errorf("%q: %+v, then %+v, %v", cell, box, again, err)
		}
		if strings.Count(box.Address, "@") != 1 || strings.ContainsAny(box.Address, "<>,;\"()") || strings.ContainsFunc(box.Address, isInvisible) {
			t.Errorf("%q: %q", cell, box.Address)
		}
		if batch.Domain(box.Address) == "" || !strings.HasSuffix(batch.Key(box.Address), "@"+batch.Domain(box.Address)) {
			t.Errorf("%q: key %q, domain %q", cell, batch.Key(box.Address), batch.Domain(box.Address))
		}
		if strings.ContainsFunc(box.Name, unicode.IsControl) {
			t.Errorf("%q: name %q", cell, box.Name)
		}
	})
}

func isInvisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z)
}
