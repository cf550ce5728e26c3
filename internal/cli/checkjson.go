package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"guestlist/batch"
)

// document tells programs: one JSON object, whose problems are written as they
// are found, so that a million of them need no memory.
type document struct {
	w     io.Writer
	begun bool
}

func (d *document) remark(f remark) error {
	separator := ",\n "
	if !d.begun {
		separator, d.begun = "{\"problems\":[\n ", true
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.w, "%s%s", separator, line)
	return err
}

// conclusion is the rest of the object; its names are a promise.
type conclusion struct {
	List        string                      `json:"list"`
	Sheet       string                      `json:"sheet"`
	SHA256      string                      `json:"sha256"`
	Columns     []string                    `json:"columns"`
	Fields      map[batch.Field]string      `json:"fields"`
	Rows        int                         `json:"rows"`
	LeftOut     int                         `json:"left_out"`
	Send        int                         `json:"send"`
	Mailed      int                         `json:"mailed"`
	Silent      int                         `json:"silent"`
	WithMessage int                         `json:"with_message"`
	Warned      int                         `json:"warned"`
	Invited     int                         `json:"invited"`
	Failed      int                         `json:"failed"`
	Unconfirmed int                         `json:"unconfirmed"`
	Invalid     int                         `json:"invalid"`
	Duplicate   int                         `json:"duplicate"`
	Kinds       map[severity]map[string]int `json:"kinds"`
	Domains     map[string]int              `json:"domains"`
	Notices     []string                    `json:"notices"`
	Rate        string                      `json:"rate"`
	Seconds     float64                     `json:"seconds"`
}

func (d *document) whole(x *inspection, seen *judgement) error {
	if !d.begun {
		if _, err := io.WriteString(d.w, `{"problems":[`); err != nil {
			return err
		}
	}
	tail, err := json.MarshalIndent(x.conclusion(seen), "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.w, "],%s\n", tail[1:])
	return err
}

func (x *inspection) conclusion(seen *judgement) conclusion {
	header, c := x.list.Header(), seen.counts
	v := conclusion{
		List: x.path, Sheet: x.list.Sheet(), SHA256: x.list.SHA256(),
		Columns: header.Columns, Fields: make(map[batch.Field]string),
		Rows: c.Rows(), LeftOut: seen.leftOut.Rows(),
		Send: seen.send, Mailed: seen.mailed, Silent: seen.send - seen.mailed, WithMessage: seen.texts, Warned: seen.warned,
		Invited: c[batch.Invited], Failed: c[batch.Failed], Unconfirmed: c[batch.Unconfirmed],
		Invalid: seen.meant(batch.Invalid), Duplicate: c[batch.Duplicate],
		Kinds: seen.kinds, Domains: seen.domains, Notices: seen.notices, Rate: x.rate.String(),
	}
	for f := range header.Fields {
		v.Fields[f] = header.Heading(f)
	}
	if x.rate.Requests > 0 {
		v.Seconds = x.rate.Duration(seen.send).Seconds()
	}
	return v
}
