package handoff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// How a ledger names itself. A ledger of a later version is left alone.
const (
	ledgerKind    = "guestlist hand-off"
	ledgerVersion = 1
)

// ledger is what a folder remembers of its hand-offs. It holds no link.
type ledger struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	// Tool made the last hand-off, at Made.
	Tool string    `json:"tool"`
	Made time.Time `json:"made"`
	// Results is the file name of the results that the hand-offs are of, "" in earlier ledgers.
	Results string `json:"results,omitempty"`
	// Files are the SHA-256 of what was written, by path inside the folder.
	Files map[string]string `json:"files"`
	// Handed are the guests of all hand-offs, by address.
	Handed map[string]entry `json:"handed"`
}

// entry says what was last handed out for a guest.
type entry struct {
	// Link is the [digestOf] the link, "" for a guest who needed none.
	Link string    `json:"link,omitempty"`
	At   time.Time `json:"at"`
	// Withheld says that the guest was named and the link left out.
	Withheld bool `json:"withheld,omitempty"`
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

func readLedger(text []byte) (ledger, error) {
	var l ledger
	if err := json.Unmarshal(text, &l); err != nil || l.Kind != ledgerKind || l.Version < 1 {
		return ledger{}, errForeign
	}
	if l.Version > ledgerVersion {
		return ledger{}, errNewer
	}
	return l, nil
}

// enter records the guests of the packs. A hand-off without links does not change
// that a link was handed out before.
func (l *ledger) enter(packs []pack, opt Options) {
	if l.Handed == nil {
		l.Handed = make(map[string]entry)
	}
	for _, p := range packs {
		for _, g := range p.linked {
			if opt.Redact && l.Handed[g.address()].covers(g.digest, opt.Redact) {
				continue
			}
			l.Handed[g.address()] = entry{Link: g.digest, At: opt.At.UTC(), Withheld: opt.Redact}
		}
		for _, g := range p.ready {
			l.Handed[g.address()] = entry{At: opt.At.UTC()}
		}
	}
}
