package xlsx

import (
	"regexp"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

func TestCanLink(t *testing.T) {
	tests := map[string]bool{
		"https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d1&x=y": true,
		"http://127.0.0.1:8080/redeem#top": true,
		"":                                 false,
		"file:///etc/passwd":               false,
		"javascript:alert(1)":              false,
		"https://x.example/half%2":         false,
		"https://x.example/%2Gx":           false,
		"https://x.example/%2f":            true,
		"https://":                         false,
		"https://x.example/\"quoted\"":     false,
		"https://x.example/é":              false,
		"https://x.example/" + strings.Repeat("a", 2061): true,
		"https://x.example/" + strings.Repeat("a", 2062): false,
	}
	for address, want := range tests {
		if got := canLink(address); got != want {
			t.Errorf("%.60q (%d characters): %v", address, len(address), got)
		}
	}
}

// FuzzCanLink compares with the same rule written otherwise.
func FuzzCanLink(f *testing.F) {
	for _, seed := range []string{"", "https://x/%2f", "http://%", "https://a b", "https://x\n", "https://é", "HTTPS://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if got, want := canLink(address), len(address) <= 2079 && openable.MatchString(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	})
}

// openable is an address that Excel opens from a cell.
var openable = regexp.MustCompile(`^https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$`)

func TestLinksOfASheetWithoutATable(t *testing.T) {
	f := written(t, Options{}, func(b *Book) {
		s := added(t, b, "Guests", Layout{RowStyle: b.Styles.Text})
		s.Filter(2)
		do(t, s.SetWidths(20, 30), s.Freeze(1, 0), s.Add([]any{"Name", "Link"}, HeadingHeight))
		s.MaxLinks = 2
		var linked []bool
		for _, address := range []string{"https://x.example/1", "https://x.example/2 3", "", "https://x.example/4?a&b", "https://x.example/5"} {
			ok, err := s.Link(1, address)
			do(t, err, s.Add([]any{"Anna", Cell(address, b.Styles.Link)}, 0))
			linked = append(linked, ok)
		}
		assert.Equal(t, "linked", linked, []bool{true, false, false, true, false})
		s.Comment(0, CommentPart{"Title", "text"}) // has a relationship, too
		do(t, s.Add([]any{"Berta"}, 0))

		alone := added(t, b, "Alone", Layout{}) // its links are its only relationships
		_, err := alone.Link(0, "https://x.example/6")
		do(t, err, alone.Add([]any{"link"}, 0))
	})
	if linked, target, err := f.GetCellHyperLink("Alone", "A1"); err != nil || !linked || target != "https://x.example/6" {
		t.Errorf("alone: %v, %q, %v", linked, target, err)
	}
	for cell, want := range map[string]string{"B2": "https://x.example/1", "B3": "", "B5": "https://x.example/4?a&b", "B6": ""} {
		linked, target, err := f.GetCellHyperLink("Guests", cell)
		if err != nil || linked != (want != "") || target != want {
			t.Errorf("%s: %v, %q, %v", cell, linked, target, err)
		}
	}
	if comments, err := f.GetComments("Guests"); err != nil || len(comments) != 1 || comments[0].Cell != "A7" {
		t.Errorf("comments %+v, %v", comments, err)
	}
}
