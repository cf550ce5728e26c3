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
	w           io.Writer
	begun, over bool
}

func (d *document) remark(f finding) error {
	separator := ",\n "
	if !d.begun {
		separator, d.begun = "{\"problems\":[\n ", true
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(d.w, "%s%s", separator, line); err != nil {
		d.over = true // nobody reads any more
	}
	return err
}

// rest ends the object with the members of another one.
func (d *document) rest(of any) error {
	start := ""
	if !d.begun {
		start = `{"problems":[`
	}
	d.over = true
	tail, err := json.MarshalIndent(of, "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.w, "%s],%s\n", start, tail[1:])
	return err
}

// broken ends the object of a list that could not be read to its end, so that
// programs can read it all the same.
func (d *document) broken(why error) error {
	if d.over {
		return nil
	}
	return d.rest(struct {
		Error string `json:"error"`
		Hint  string `json:"hint"`
	}{why.Error(), hintOf(why)})
}

// conclusion is the rest of the object; its names are a promise.
type conclusion struct {
	List        string                            `json:"list"`
	Sheet       string                            `json:"sheet"`
	SHA256      string                            `json:"sha256"`
	Columns     []string                          `json:"columns"`
	Fields      map[batch.Field]string            `json:"fields"`
	Rows        int                               `json:"rows"`
	LeftOut     int                               `json:"left_out"`
	Send        int                               `json:"send"`
	Mailed      int                               `json:"mailed"`
	Silent      int                               `json:"silent"`
	WithMessage int                               `json:"with_message"`
	Warned      int                               `json:"warned"`
	Invited     int                               `json:"invited"`
	Failed      int                               `json:"failed"`
	Unconfirmed int                               `json:"unconfirmed"`
	Invalid     int                               `json:"invalid"`
	Duplicate   int                               `json:"duplicate"`
	Kinds       map[batch.Severity]map[string]int `json:"kinds"`
	Domains     map[string]int                    `json:"domains"`
	Notices     []string                          `json:"notices"`
	Rate        string                            `json:"rate"`
	Seconds     float64                           `json:"seconds"`
}

func (d *document) whole(x *inspection, seen *judgement) error { return d.rest(x.conclusion(seen)) }

func (x *inspection) conclusion(seen *judgement) conclusion {
	header, c := x.list.Header(), seen.counts
	v := conclusion{
		List: x.path, Sheet: x.list.Sheet(), SHA256: x.list.SHA256(),
		Columns: header.Columns, Fields: make(map[batch.Field]string),
		Rows: c.Rows(), LeftOut: seen.leftOut.Rows(),
		Send: seen.send, Mailed: seen.mailed, Silent: seen.send - seen.mailed, WithMessage: seen.texts, Warned: seen.doubted,
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
