package report

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"guestlist/batch"
)

// kept is a record that was on disk. Its redeem URL stands beside it: only
// graph makes secrets.
type kept struct {
	batch.Record

	redeemURL string
}

// appendRecord writes a record as [readRecord] reads it: numbers as varints,
// texts with their length in front.
func appendRecord(b []byte, rec batch.Record) []byte {
	o := rec.Outcome
	b = binary.AppendVarint(b, int64(rec.Line))
	b = binary.AppendUvarint(b, uint64(len(rec.Cells)))
	for _, cell := range rec.Cells {
		b = appendText(b, cell)
	}
	b = binary.AppendVarint(b, int64(o.Attempts))
	b = binary.AppendUvarint(b, o.Fingerprint)
	at, _ := o.At.UTC().MarshalBinary() // fails for odd zones only
	for _, text := range []string{
		o.Address, string(o.Status), o.RedeemURL.Reveal(), o.UserID, o.InvitationStatus,
		o.ErrorCode, o.Error, o.Advice, o.RequestID, string(at),
	} {
		b = appendText(b, text)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// readRecord reads the next record.
func readRecord(r *bufio.Reader) (kept, error) {
	d := decoder{r: r}
	var rec kept
	rec.Line = int(d.number())
	if n := d.count(); n > 0 {
		rec.Cells = make([]string, n)
	}
	for i := range rec.Cells {
		rec.Cells[i] = d.text()
	}
	o := &rec.Outcome
	o.Attempts, o.Fingerprint = int(d.number()), d.count()
	o.Address, o.Status, rec.redeemURL = d.text(), batch.Status(d.text()), d.text()
	o.UserID, o.InvitationStatus = d.text(), d.text()
	o.ErrorCode, o.Error, o.Advice, o.RequestID = d.text(), d.text(), d.text(), d.text()
	o.At = d.instant()
	if d.err != nil {
		return rec, fmt.Errorf("read rows that need care again: %w", d.err)
	}
	return rec, nil
}

// decoder reads values and keeps the first error; after it, values are zero.
type decoder struct {
	r   *bufio.Reader
	err error
}

func (d *decoder) count() uint64 {
	if d.err != nil {
		return 0
	}
	var n uint64
	n, d.err = binary.ReadUvarint(d.r)
	return n
}

func (d *decoder) number() int64 {
	if d.err != nil {
		return 0
	}
	var n int64
	n, d.err = binary.ReadVarint(d.r)
	return n
}

func (d *decoder) text() string {
	text := make([]byte, d.count())
	if d.err == nil {
		_, d.err = io.ReadFull(d.r, text)
	}
	return string(text)
}

func (d *decoder) instant() time.Time {
	var at time.Time
	if text := d.text(); d.err == nil {
		d.err = at.UnmarshalBinary([]byte(text))
	}
	return at
}
