package page

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"guestlist/report"
)

// Write writes the page of r to w. The records are ranged over once, and memory
// does not grow with them, but for a count for each domain. The page holds the
// redeem URLs in clear: whoever opens the file for it lets nobody else read it.
// Errors are those of w, those that r.Records yields, and the cause of a
// cancelled ctx; what was written until then is no whole page.
func Write(ctx context.Context, w io.Writer, r report.Results) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := write(ctx, out, r); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	return nil
}

// write puts the rows before the figures that come of them: so one pass is
// enough. The heading stands before both, so that something is to be seen at once.
func write(ctx context.Context, out *bufio.Writer, r report.Results) error {
	if err := templates.ExecuteTemplate(out, "head", newHead(r.Summary)); err != nil {
		return err
	}
	_, _ = out.WriteString(`<script type="application/json" id="data">`)
	rows := newRows(out, r.Columns, newTally(r.Summary))
	if err := rows.writeAll(ctx, r.Records); err != nil {
		return err
	}
	_, _ = out.WriteString("</script>\n")
	return templates.ExecuteTemplate(out, "body", newBody(rows.tally, r.Summary))
}
