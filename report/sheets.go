package report

import (
	"path/filepath"
	"time"

	"github.com/xuri/excelize/v2"

	"guestlist/batch"
)

// summaryName is the last sheet of a workbook.
const summaryName = "Summary"

// sandboxBanner marks every part of a workbook that a simulated tenant made.
const sandboxBanner = "SANDBOX - nobody was invited: the tenant was simulated"

// confidential is at the foot of every page and among the document's properties.
const confidential = "The links are personal"

// How a sheet lies when it is printed.
const (
	portrait  = "portrait"
	landscape = "landscape"
)

// newSheet adds a sheet and sets what has to stand before its first row.
func (b *book) newSheet(name, orientation string) (*excelize.StreamWriter, error) {
	if err := b.addSheet(name); err != nil {
		return nil, err
	}
	props := excelize.SheetPropsOptions{FitToPage: new(true)}
	if b.sandbox {
		props.TabColorRGB = new(amber)
	}
	if err := b.file.SetSheetProps(name, &props); err != nil {
		return nil, err
	}
	// A new sheet claims to be one cell large; without the claim, readers count.
	if err := b.file.SetSheetDimension(name, ""); err != nil {
		return nil, err
	}
	if err := b.setPage(name, orientation); err != nil {
		return nil, err
	}
	return b.file.NewStreamWriter(name)
}

// addSheet adds an empty sheet. The first takes over the one that a new file
// begins with, which is the one that opens.
func (b *book) addSheet(name string) error {
	if len(b.results.sheets) == 0 {
		return b.file.SetSheetName(b.file.GetSheetName(0), name)
	}
	_, err := b.file.NewSheet(name)
	return err
}

// setPage makes a sheet print legibly: upright one page wide, across two, which
// follow one another.
func (b *book) setPage(name, orientation string) error {
	layout := excelize.PageLayoutOptions{Orientation: &orientation, FitToWidth: new(1), FitToHeight: new(0)}
	if orientation == landscape {
		layout.FitToWidth, layout.PageOrder = new(2), new("overThenDown")
	}
	if err := b.file.SetPageLayout(name, &layout); err != nil {
		return err
	}
	margins := excelize.PageLayoutMarginsOptions{Left: new(0.4), Right: new(0.4), Top: new(0.6), Bottom: new(0.6), Header: new(0.3), Footer: new(0.3)}
	if err := b.file.SetPageMargins(name, &margins); err != nil {
		return err
	}
	page := excelize.HeaderFooterOptions{OddFooter: "&L&A&C" + confidential + "&RPage &P of &N"}
	if b.sandbox {
		page.OddHeader = `&C&"-,Bold"` + sandboxBanner
	}
	return b.file.SetHeaderFooter(name, &page)
}

// finish writes the summary and closes the sheets.
func (b *book) finish(s batch.RunFacts) error {
	w, err := b.newSheet(summaryName, portrait)
	if err != nil {
		return err
	}
	if err := b.writeSummary(w, s); err != nil {
		return err
	}
	for _, s := range []*series{&b.results, &b.failed} {
		if err := s.close(); err != nil {
			return err
		}
	}
	return b.setProperties(s)
}

// setProperties names the workbook, for those who look at the file only.
func (b *book) setProperties(s batch.RunFacts) error {
	p := excelize.DocProperties{
		Title: "Guest invitations", Subject: "Invitations of guests into a Microsoft Entra tenant, with their links",
		Description: "Confidential. " + confidential + ": hand each one only to the person it was made for.",
		Category:    "Confidential", Keywords: "guest invitations, Microsoft Entra, B2B, redeem links, personal data",
		Creator: s.Tool, LastModifiedBy: s.Tool,
	}
	if s.List != "" {
		p.Title += ": " + filepath.Base(s.List)
	}
	if b.sandbox {
		p.Title = sandboxBanner
	}
	if at := s.Ended; !at.IsZero() {
		p.Created, p.Modified = at.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339)
	}
	if err := b.file.SetAppProps(&excelize.AppProperties{Application: s.Tool}); err != nil {
		return err
	}
	return b.file.SetDocProps(&p)
}
