package journal

import (
	"context"
	"database/sql"

	"guestlist/batch"
)

// moves tells which addresses leave the list and which come to it, from the
// rows whose places have changed. One that leaves one place and comes to another
// is forgotten, so that little is held where rows have only shifted.
type moves struct {
	first    bool           // there was no list before
	departed bool           // rows have left the list before
	left     map[string]int // its position in the old list
	came     map[string]bool
}

// comes notes the address of a new row.
func (m *moves) comes(address string) {
	switch _, left := m.left[address]; {
	case left:
		delete(m.left, address)
	case !m.first || m.departed:
		m.came[address] = true
	}
}

// leaves notes an old row, after the new one in its place. A duplicate has its
// address from an earlier row, which speaks for both.
func (m *moves) leaves(old *listRow) {
	switch {
	case old.status == string(batch.Duplicate):
	case m.came[old.address]:
		delete(m.came, old.address)
	default:
		m.left[old.address] = old.position
	}
}

// write keeps what has left the list and was sent, and forgets that rows had
// left that came back. The old list must be there still, and its headings.
func (m *moves) write(ctx context.Context, tx *sql.Tx) error {
	const keep = `INSERT INTO departed_row (address, columns, cells)
		SELECT address, (SELECT columns FROM batch), cells FROM list_row
		WHERE position = ? AND EXISTS (SELECT 1 FROM attempt WHERE attempt.address = list_row.address)
		ON CONFLICT (address) DO UPDATE SET columns = excluded.columns, cells = excluded.cells`
	for _, position := range m.left {
		if _, err := tx.ExecContext(ctx, keep, position); err != nil {
			return err
		}
	}
	if !m.departed {
		return nil
	}
	for address := range m.came {
		if _, err := tx.ExecContext(ctx, "DELETE FROM departed_row WHERE address = ?", address); err != nil {
			return err
		}
	}
	return nil
}
