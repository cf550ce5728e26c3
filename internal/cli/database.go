package cli

import (
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"guestlist/batch/journal"
	"guestlist/internal/session"
	"guestlist/internal/text"
)

// databaseOptions say that the journal is in a database, and by which name.
type databaseOptions struct {
	address databaseAddress
	batch   string
	getenv  func(string) string
	notice  func(string)
}

func (p *process) databaseOptions() databaseOptions {
	return databaseOptions{getenv: p.getenv, notice: p.notice}
}

// journalFlag is the flag for the address of the database.
const journalFlag = "journal"

func (o *databaseOptions) register(f *pflag.FlagSet) {
	f.Var(&o.address, journalFlag, "the journal is in a PostgreSQL database, at this `ADDRESS`: postgres://user@host/database (default: a file beside the results)")
	f.StringVar(&o.batch, "batch", "", "`NAME` of the batch in that database (default: the name of the results)")
}

// place is where the journals of results are.
func (o *databaseOptions) place() (session.Place, error) {
	place := session.Place{Database: o.address.Address, Batch: o.batch, Getenv: o.getenv, Notice: o.notice}
	if o.batch == "" {
		return place, nil
	}
	if !place.InDatabase() {
		return place, session.Usagef("add --journal postgres://..., or leave it out", "--batch names a batch in a database, and --journal names no database")
	}
	_, name, hasTenant := strings.Cut(o.batch, "/")
	if hasTenant && (name == "" || strings.Contains(name, "/")) || strings.ContainsFunc(o.batch, unicode.IsControl) {
		return place, session.Usagef("give a name such as fabrikam-2026-11; a tenant's id and / may be in front", "--batch %q is no name for a batch", text.Line(o.batch))
	}
	return place, nil
}

// needed is place for a command that is about a database.
func (o *databaseOptions) needed() (session.Place, error) {
	place, err := o.place()
	if err == nil && !place.InDatabase() {
		err = session.Usagef("add --journal postgres://user@host/database, or set "+variable(journalFlag), "which database? --journal names none")
	}
	return place, err
}

// databaseAddress is a flag whose value is told without a password.
type databaseAddress struct{ journal.Address }

func (a *databaseAddress) Set(value string) (err error) {
	a.Address, err = journal.ParseAddress(value)
	return err
}

// Type is what help calls the value.
func (*databaseAddress) Type() string { return "address" }
