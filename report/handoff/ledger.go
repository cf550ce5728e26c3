package handoff

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"guestlist/batch"
	"guestlist/internal/text"
	"guestlist/report"
)

// How a ledger names itself. A ledger of a later version is left alone.
const (
	ledgerKind    = "guestlist hand-off"
	ledgerVersion = 1
)

// ledger is what a folder remembers of its hand-offs. It holds no link. The file has the
// guests as well, which are read one by one: there may be a million.
type ledger struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	// Tool made the last hand-off, at Made.
	Tool string    `json:"tool"`
	Made time.Time `json:"made"`
	// Batch is Options.Batch, "" in earlier ledgers.
	Batch string `json:"batch,omitempty"`
	// Results is the file name of the results that the hand-offs are of, "" in earlier ledgers.
	Results string `json:"results,omitempty"`
	// Flags are those of the command that made the last hand-off, none in earlier ledgers.
	Flags map[string][]string `json:"flags,omitempty"`
	// Files are the SHA-256 of what was written, by path inside the folder.
	Files map[string]string `json:"files"`
}

// handedMember is the member of the file that has the guests of all hand-offs, by address.
const handedMember = "handed"

// entry says what was last handed out for a guest.
type entry struct {
	// Link is the [digestOf] the link, "" for a guest who needed none.
	Link string    `json:"link,omitempty"`
	At   time.Time `json:"at"`
	// Withheld says that the guest was named and the link left out.
	Withheld bool `json:"withheld,omitempty"`
	// Replaced says that the packages with the link were replaced since: the folder has none
	// with it any more.
	Replaced bool `json:"replaced,omitempty"`
}

// covers reports whether there is nothing new for a guest whose link has this
// digest, "" for one who needs none.
func (e entry) covers(digest string, redact bool) bool {
	switch {
	case e.At.IsZero():
		return false
	case digest == "":
		return true
	default:
		return e.Link == digest && (redact || !e.Withheld)
	}
}

// hasEnded reports whether the link that was handed out does not work any more, by the guest's
// outcome.
func (e entry) hasEnded(o batch.Outcome) bool {
	if e.Link == "" || e.Withheld {
		return false
	}
	return o.Status == batch.Removed || o.LinkState() == batch.LinkReplaced ||
		!o.RedeemURL.IsZero() && digestOf(o.RedeemURL.Reveal()) != e.Link
}

// digestOf stands for a link where the link itself must not be. Links are random
// enough that the digest does not give them away.
func digestOf(link string) string {
	sum := sha256.Sum256([]byte(link))
	return hex.EncodeToString(sum[:])
}

// errForeign and errNewer say why a file is not a ledger that may be replaced.
var (
	errForeign = errors.New("was not written by guestlist")
	errNewer   = errors.New("was written by a later version of guestlist")
)

// readLedger reads a ledger, and calls visit for each of its guests.
func readLedger(file io.Reader, visit func(address string, e entry) error) (ledger, error) {
	var l ledger
	d := json.NewDecoder(file)
	err := eachMember(d, func(name string) error {
		switch name {
		case "kind":
			return d.Decode(&l.Kind)
		case "version":
			return d.Decode(&l.Version)
		case "made":
			return d.Decode(&l.Made)
		case "batch":
			return d.Decode(&l.Batch)
		case "results":
			return d.Decode(&l.Results)
		case "flags":
			return d.Decode(&l.Flags)
		case "files":
			return d.Decode(&l.Files)
		case handedMember:
			return eachMember(d, func(address string) error {
				var e entry
				if err := d.Decode(&e); err != nil {
					return err
				}
				return visit(address, e)
			})
		default:
			return d.Decode(new(json.RawMessage))
		}
	})
	if _, end := d.Token(); err == nil && !errors.Is(end, io.EOF) {
		err = errForeign
	}
	switch {
	case l.Kind != ledgerKind || l.Version < 1:
		return ledger{}, errForeign
	case l.Version > ledgerVersion:
		return ledger{}, errNewer
	case err != nil:
		return ledger{}, errForeign
	}
	return l, nil
}

// eachMember calls visit where the value of each member of an object begins.
func eachMember(d *json.Decoder, visit func(name string) error) error {
	begin, err := d.Token()
	if err != nil || begin == nil {
		return err
	}
	if begin != json.Delim('{') {
		return errForeign
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return errForeign
		}
		if err := visit(name); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// addressSum stands for an address in memory, where a million of them are.
type addressSum [16]byte

func sumOf(address string) addressSum {
	sum := sha256.Sum256([]byte(address))
	return addressSum(sum[:])
}

// handed are the guests of earlier hand-offs, to be looked up. The nil *handed has none.
type handed struct {
	guests map[addressSum]handedGuest
}

// handedGuest is an entry in less memory.
type handedGuest struct {
	link               [sha256.Size]byte
	at                 int64 // seconds since 1970
	withheld, replaced bool
}

func newHanded() *handed { return &handed{guests: make(map[addressSum]handedGuest)} }

func (h *handed) add(address string, e entry) error {
	g := handedGuest{at: e.At.Unix(), withheld: e.Withheld, replaced: e.Replaced}
	if _, err := hex.Decode(g.link[:], []byte(e.Link)[:min(len(e.Link), hex.EncodedLen(len(g.link)))]); err != nil {
		return err
	}
	h.guests[sumOf(address)] = g
	return nil
}

// addFolders adds the guests of further hand-offs of the same results; of a guest who is in
// several, the newest counts. A folder that is not there, or is no hand-off, is left out.
func (h *handed) addFolders(folders []string) error {
	for _, folder := range folders {
		name := filepath.Join(folder, ledgerName)
		file, err := os.Open(name)
		if err != nil {
			continue // there was no such hand-off
		}
		other := newHanded()
		_, err = readLedger(file, other.add)
		_ = file.Close()
		if err != nil {
			return &report.FileError{Path: name, Reason: text.Error(err), Next: nextOut}
		}
		for guest, entry := range other.guests {
			if known, is := h.guests[guest]; !is || entry.at > known.at {
				h.guests[guest] = entry
			}
		}
	}
	return nil
}

// of is what was last handed out for a guest, the zero entry for nothing.
func (h *handed) of(address string) entry {
	if h == nil {
		return entry{}
	}
	g, known := h.guests[sumOf(address)]
	if !known {
		return entry{}
	}
	e := entry{At: time.Unix(g.at, 0).UTC(), Withheld: g.withheld, Replaced: g.replaced}
	if g.link != [sha256.Size]byte{} {
		e.Link = hex.EncodeToString(g.link[:])
	}
	return e
}

// ledgerWriter writes the ledger of a hand-off. Its guests are kept on disk until all are
// known.
type ledgerWriter struct {
	file *os.File
	out  *bufio.Writer
	// written is how many guests there are, guests who they are: nil where there is no
	// earlier ledger that may have them, too.
	written int
	guests  map[addressSum]bool
	// replaces says that the packages take the place of the earlier ones.
	replaces bool
}

// newLedgerWriter keeps the guests in the folder scratch.
func newLedgerWriter(scratch string) (*ledgerWriter, error) {
	file, err := os.CreateTemp(scratch, "handed-")
	return &ledgerWriter{file: file, out: bufio.NewWriterSize(file, 64<<10)}, err
}

func (w *ledgerWriter) close() error { return w.file.Close() }

// add enters a guest.
func (w *ledgerWriter) add(address string, e entry) error {
	if w.written++; w.written > 1 {
		_ = w.out.WriteByte(',') // the last write tells
	}
	if w.guests != nil {
		w.guests[sumOf(address)] = true
	}
	return writeMember(w.out, address, e)
}

// writeMember writes a member of an object on a line of its own.
func writeMember(out *bufio.Writer, name string, value any) error {
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, _ = out.WriteString("\n  ")
	_, _ = out.Write(key)
	_, _ = out.WriteString(": ")
	_, err = out.Write(content)
	return err
}

// writeTo writes the ledger l with the guests that were added and, of an earlier ledger,
// those who are not among them.
func (w *ledgerWriter) writeTo(to io.Writer, l ledger, earlier io.Reader) error {
	if err := w.out.Flush(); err != nil {
		return err
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return writeLedger(to, l, w.file, earlier, func(address string, e *entry) bool {
		e.Replaced = e.Replaced || w.replaces
		return !w.guests[sumOf(address)]
	})
}

// writeLedger writes the ledger l with some guests, as [writeMember] wrote them, and those of
// an earlier ledger that are kept, as keep leaves them; either may be nil.
func writeLedger(to io.Writer, l ledger, added, earlier io.Reader, keep func(address string, e *entry) bool) error {
	head, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, 64<<10)
	_, _ = out.Write(bytes.TrimSuffix(head, []byte("\n}")))
	_, _ = out.WriteString(",\n \"" + handedMember + "\": {")
	first := true
	if added != nil {
		n, err := io.Copy(out, added)
		if err != nil {
			return err
		}
		first = n == 0
	}
	if earlier != nil {
		_, err := readLedger(earlier, func(address string, e entry) error {
			if !keep(address, &e) {
				return nil
			}
			if !first {
				_ = out.WriteByte(',')
			}
			first = false
			_ = writeMember(out, address, e) // Flush tells
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, _ = out.WriteString("\n }\n}\n")
	return out.Flush()
}

// noGuest is for a ledger whose guests do not matter.
func noGuest(string, entry) error { return nil }
