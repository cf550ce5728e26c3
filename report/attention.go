package report

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"guestlist/batch"
	"guestlist/internal/durable"
	"guestlist/internal/secret"
)

// attention keeps the rows that need attention on disk until all are counted and
// it is known which error is the most frequent one. Memory holds where the rows
// of each error are.
type attention struct {
	rows *durable.Records[keptRecord]
	// at is where the rows of each error are.
	at map[*batch.ErrorGroup][]int64
	// none is the group of rows without an error.
	none *batch.ErrorGroup
}

// keptRecord is a record as gob keeps it, which would not keep the secret.
type keptRecord struct {
	Line      int
	Cells     []string
	Address   string
	Status    batch.Status
	RedeemURL string
	UserID    string

	InvitationStatus, ErrorCode, Error, Advice string

	Attempts    int
	At, SentAt  time.Time
	RequestID   string
	Fingerprint uint64

	Existing        batch.ExistingKind
	Superseded      batch.LinkState
	ClientRequestID string
}

func (k keptRecord) record() batch.Record {
	return batch.Record{Line: k.Line, Cells: k.Cells, Outcome: batch.Outcome{
		Address: k.Address, Status: k.Status, RedeemURL: secret.New(k.RedeemURL), UserID: k.UserID,
		InvitationStatus: k.InvitationStatus, ErrorCode: k.ErrorCode, Error: k.Error, Advice: k.Advice,
		Attempts: k.Attempts, At: k.At, SentAt: k.SentAt, RequestID: k.RequestID, Fingerprint: k.Fingerprint,
		Existing: k.Existing, Superseded: k.Superseded, ClientRequestID: k.ClientRequestID,
	}}
}

// newAttention keeps rows in the folder scratch.
func newAttention(scratch string) (*attention, error) {
	rows, err := durable.NewRecords[keptRecord](scratch)
	return &attention{rows: rows, at: make(map[*batch.ErrorGroup][]int64), none: &batch.ErrorGroup{ID: -1}}, err
}

// add keeps a record with its group in the tally, nil for one without an error.
func (a *attention) add(rec batch.Record, group *batch.ErrorGroup) error {
	o := rec.Outcome
	at, err := a.rows.Add(keptRecord{
		Line: rec.Line, Cells: rec.Cells, Address: o.Address, Status: o.Status, RedeemURL: o.RedeemURL.Reveal(), UserID: o.UserID,
		InvitationStatus: o.InvitationStatus, ErrorCode: o.ErrorCode, Error: o.Error, Advice: o.Advice,
		Attempts: o.Attempts, At: o.At.UTC(), SentAt: o.SentAt.UTC(), RequestID: o.RequestID, Fingerprint: o.Fingerprint,
		Existing: o.Existing, Superseded: o.Superseded, ClientRequestID: o.ClientRequestID,
	})
	group = cmp.Or(group, a.none)
	a.at[group] = append(a.at[group], at)
	return err
}

// records yields the rows of the most frequent error first, of these the rows
// with the most frequent advice, and those of one group in the order in which
// they came.
func (a *attention) records() iter.Seq2[batch.Record, error] {
	return func(yield func(batch.Record, error) bool) {
		rows, err := a.rows.Reader()
		if err != nil {
			yield(batch.Record{}, err)
			return
		}
		for _, group := range a.order() {
			for _, at := range a.at[group] {
				rec, err := rows.Read(at)
				if !yield(rec.record(), err) || err != nil {
					return
				}
			}
		}
	}
}

// order is the groups with the most rows first, those of one code together.
func (a *attention) order() []*batch.ErrorGroup {
	type code struct{ rows, first int }
	groups := slices.SortedFunc(maps.Keys(a.at), func(x, y *batch.ErrorGroup) int { return x.ID - y.ID })
	codes := make(map[string]*code)
	for i, group := range groups {
		if codes[group.Code] == nil {
			codes[group.Code] = &code{first: i}
		}
		codes[group.Code].rows += len(a.at[group])
	}
	slices.SortStableFunc(groups, func(x, y *batch.ErrorGroup) int {
		a, b, more := codes[x.Code], codes[y.Code], len(a.at[y])-len(a.at[x])
		return cmp.Or(b.rows-a.rows, a.first-b.first, more)
	})
	return groups
}

func (a *attention) close() error { return a.rows.Close() }
