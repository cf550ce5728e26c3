package cli

import (
	"fmt"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/graph"
	"guestlist/graph/auth"
)

// advice is what this run's operator should know before anything is sent.
func (s *session) advice() []string {
	if s.planned() == 0 {
		return nil
	}
	cloud, _ := graph.ParseCloud(s.o.cloud) // the sign-in has checked it
	d := s.defaults
	d.SendMessage = s.plan.mailed > 0
	return append(advise(s.tenant.claims, d, s.source.header(), cloud), changed(s.before.Settings, s.flags.settings())...)
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

// advise warns of what Graph does without saying so, from the claims of the
// sign-in and the list alone: no request is made for it. SendMessage of the
// defaults says whether any row is mailed.
func advise(c auth.Claims, d judge.Defaults, h batch.Header, cloud graph.Cloud) []string {
	var warnings []string
	has := func(f batch.Field) bool { _, there := h.Fields[f]; return there }
	if d.SendMessage && c.AppOnly() && (!d.Message.IsZero() || has(batch.Message)) {
		warnings = append(warnings, "an app is signed in, not a person: Microsoft's mails will lack your own text, and nothing will say so; sign in with --auth browser or device-code, or send the links yourself")
	}
	if d.SendMessage && (d.CC != "" || has(batch.CC)) {
		warnings = append(warnings, "Microsoft mails one copy of an invitation at most, and reports say that copies do not always arrive")
	}
	if !c.GlobalAdministrator() && (d.UserType == userTypeMember || has(batch.UserType)) {
		warnings = append(warnings, "the user type Member is documented for administrators of the tenant only: Graph may refuse such rows")
	}
	if cloud.InvitesOff {
		warnings = append(warnings, "tenants of the cloud "+cloud.Name+" let nobody invite guests until an admin changes \"Guest invite settings\"")
	}
	return warnings
}

// userTypeMember is what ParseUserType makes of it.
const userTypeMember = "Member"
