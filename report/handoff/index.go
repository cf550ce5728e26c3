package handoff

// The files beside the packs.
const (
	indexName  = "index.xlsx"
	ledgerName = "handoff.json"
)

// Index says what went where.
type Index struct {
	// Folder holds the packs.
	Folder string
	// Packs are sorted by value. With Options.OnlyNew there are some without
	// anybody new: they have no Name and are not in Folder.
	Packs []Pack
	// LeftOut counts guests whom an earlier hand-off served, also those whose
	// packs are not made for want of anybody new.
	LeftOut int
}

// Pack is what one value got.
type Pack struct {
	// By is the heading of the column, Value what stands below it, "" for the
	// rows that have none.
	By, Value string
	// Name is the pack's folder and the name of its files.
	Name string
	// To is the address of its owner, "" where none is known; Note says why.
	To, Note string
	// Links counts guests with a link (left out of the files with
	// Options.Redact), Ready those who need none, Waiting those who have none
	// yet, LeftOut those whom an earlier hand-off served.
	Links, Ready, Waiting, LeftOut int
	// Files are its files, relative to Index.Folder, with slashes.
	Files []string
}

// Served counts the guests of all packs that this hand-off serves.
func (x Index) Served() int {
	n := 0
	for _, p := range x.Packs {
		n += p.Links + p.Ready
	}
	return n
}

// Links counts the guests with a link in all packs.
func (x Index) Links() int {
	n := 0
	for _, p := range x.Packs {
		n += p.Links
	}
	return n
}

// counted is what the index says of the pack.
func (p pack) counted() Pack {
	p.Links, p.Ready, p.Waiting, p.LeftOut = len(p.linked), len(p.ready), len(p.waiting), len(p.leftOut)
	return p.Pack
}

// indexOf is the index before anything is written.
func indexOf(packs []pack) Index {
	var x Index
	for _, p := range packs {
		x.Packs = append(x.Packs, p.Pack)
		x.LeftOut += p.LeftOut
	}
	return x
}
