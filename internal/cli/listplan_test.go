package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"guestlist/batch"
	"guestlist/internal/session"
)

// plan tells each row as it was read and what would be sent for it, the way
// invite does; nothing for a list that stops the program before that.
func (c listCase) plan(folder string) string {
	var text strings.Builder
	if err := c.writePlan(folder, &text); err != nil {
		if text.Len() == 0 {
			return ""
		}
		fmt.Fprintf(&text, "here the reading ends\n")
	}
	return section("plan", text.String())
}

func (c listCase) writePlan(folder string, w io.Writer) (err error) {
	o := &listOptions{readOptions: readOptions{stdin: strings.NewReader("")}}
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	o.register(flags)
	flags.Bool("json", false, "a flag of check alone")
	if err := flags.Parse(c.args); err != nil {
		return err
	}
	for _, variable := range c.env {
		o.password = strings.TrimPrefix(variable, passwordVariable+"=")
	}
	path := filepath.Join(folder, c.list)
	if c.stdin != "" {
		in, err := os.Open(filepath.Join(folder, c.stdin))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
		o.stdin, path = in, c.list
	}
	opt, err := o.options(&process{}, path)
	if err != nil {
		return err
	}
	opt.Notice = nil
	opened, err := session.Open(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	tellHeader(w, opened.Header())
	return tellRows(w, opened)
}

// tellHeader tells which columns there are and what they are taken for.
func tellHeader(w io.Writer, header batch.Header) {
	_, _ = fmt.Fprintf(w, "columns: %s\n", told(header.Columns))
	for _, field := range batch.Fields() {
		if at, ok := header.Fields[field]; ok {
			_, _ = fmt.Fprintf(w, "%s: %s\n", field, told(header.Columns[at:at+1]))
		}
	}
}

func tellRows(w io.Writer, opened *session.Session) error {
	for step, err := range opened.Steps() {
		if err != nil {
			return err
		}
		verdict := string(step.Status)
		switch {
		case step.LeftOut:
			verdict = "left out"
		case step.Action == batch.Send:
			verdict = "send"
		case step.FirstLine != 0:
			verdict += " of row " + strconv.Itoa(step.FirstLine)
		}
		_, _ = fmt.Fprintf(w, "\nrow %d: %s\n  %s\n", step.Row.Line, verdict, told(step.Row.Cells))
		if step.Action != batch.Send {
			continue
		}
		body, err := requestBody(step)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "  %s\n", body)
	}
	return nil
}

// requestBody is what Graph would get.
func requestBody(step batch.Step) (string, error) {
	var body strings.Builder
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(step.Invitation)
	return clippedCell(strings.TrimSpace(body.String())), err
}

// told shows cells so that no character hides.
func told(cells []string) string {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = strconv.Quote(clippedCell(cell))
	}
	return strings.Join(shown, " | ")
}

// clippedCell keeps golden files readable; the rest counts by its checksum.
func clippedCell(text string) string {
	const long = 600
	runes := []rune(text)
	if len(runes) <= long {
		return text
	}
	return fmt.Sprintf("%s... (%d characters, CRC %08x)", string(runes[:long]), len(runes), crc32.ChecksumIEEE([]byte(text)))
}
