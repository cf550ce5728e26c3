package session

import (
	"fmt"
	"os"
	"path/filepath"

	"guestlist/batch/journal"
	"guestlist/graph"
	"guestlist/graph/auth"
	"guestlist/internal/text"
)

// Advice is what the operator should know before anything is sent: of the files,
// of what Graph does without saying so, and of what differs from the run before,
// which had other settings.
func Advice(s *Session, settings map[string]string) []string {
	notes := otherResults(s)
	if s.Plan.Send == 0 {
		return notes
	}
	notes = append(notes, advise(s.tenant.Claims, s.Plan.Now, s.tenant.Cloud)...)
	return append(notes, changed(s.previous.Settings, settings)...)
}

// otherResults tells when these results were of another list, and when this
// list has other results: both are easily meant otherwise.
func otherResults(s *Session) []string {
	var notes []string
	was, is := filepath.Base(s.previous.List), filepath.Base(Resolve(s.List))
	if SameFile(s.previous.List, s.List) {
		was = is // by another name
	}
	workbook := filepath.Base(s.Results)
	if s.previous.List != "" && was != is && was != workbook && is != workbook {
		notes = append(notes, fmt.Sprintf("%s holds the results of %s; its invited rows stay in there", text.Line(s.Results), text.Line(s.previous.List)))
	}
	usual := s.usualResults()
	if _, err := os.Stat(journal.Path(usual)); err == nil && !s.source.isResults && !SameFile(journal.Path(usual), journal.Path(s.Results)) {
		notes = append(notes, fmt.Sprintf("earlier results of this list are in %s; for %s everybody is new", text.Line(usual), text.Line(s.Results)))
	}
	return notes
}

// changed warns that guests of one list would be invited in two ways: a retry
// that forgets --send-message invites silently.
func changed(before, now map[string]string) []string {
	if before == nil {
		return nil
	}
	var warnings []string
	for _, flag := range []string{"send-message", "message", "message-file", "language", "cc", "redirect-url", "user-type"} {
		had, has := asGiven(before, flag), asGiven(now, flag)
		if had != has {
			warnings = append(warnings, "the run before had "+had+", this one has "+has)
		}
	}
	return warnings
}

func asGiven(flags map[string]string, name string) string {
	value, ok := flags[name]
	if !ok {
		return "no --" + name
	}
	return fmt.Sprintf("--%s=%q", name, value)
}

// advise warns of what Graph does without saying so, from the claims of the sign-in
// and what the rows to send ask for: no request is made for it.
func advise(c auth.Claims, asked Asked, cloud graph.Cloud) []string {
	var warnings []string
	if c.AppOnly() && asked.WithMessage > 0 {
		warnings = append(warnings, fmt.Sprintf("an app is signed in, not a person: Microsoft leaves your custom message out of the email (%s); sign in with --auth browser or device-code, or send the links yourself", text.Plural(asked.WithMessage, "row")))
	}
	if asked.Copied > 0 {
		warnings = append(warnings, "Microsoft emails one copy of an invitation at most, and reports say that copies do not always arrive")
	}
	if !c.GlobalAdministrator() && asked.Members > 0 {
		warnings = append(warnings, fmt.Sprintf("the user type Member is documented for administrators of the tenant only: Graph may refuse such rows (%d)", asked.Members))
	}
	if cloud.InvitesOff {
		warnings = append(warnings, "tenants of the cloud "+cloud.Name+" let no one invite guests until an admin changes \"Guest invite settings\"")
	}
	return warnings
}

// userTypeMember is what ParseUserType makes of it.
const userTypeMember = "Member"
