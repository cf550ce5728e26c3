package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"guestlist/batch"
	"guestlist/graph"
	"guestlist/internal/text"
)

// targets are the groups and persons that flags and cells name, each looked up once.
type targets struct {
	directory *graph.Directory
	// kinds are those that are looked up, leftOut those that are planned by name: the sign-in
	// may do nothing about them.
	kinds, leftOut []batch.FollowUpKind
	// groups and people have an entry for each name that was looked up, in lower case.
	groups, people map[string]looked
}

// looked is what was found by a name.
type looked struct {
	batch.Target

	// wrong says why it cannot be used, as the end of a sentence about the name, "" for no
	// reason; advice what to do about it.
	wrong, advice string
}

func (t *targets) has(kind batch.FollowUpKind) bool { return slices.Contains(t.kinds, kind) }

// find looks up what a follow-up names.
func (t *targets) find(ctx context.Context, named batch.FollowUp) (looked, error) {
	if named.Kind == batch.FollowUpGroup {
		return t.group(ctx, named.Target)
	}
	err := t.lookUpPeople(ctx, []string{named.Target}, map[string]bool{named.Target: named.Kind == batch.FollowUpSponsor})
	return t.people[named.Target], err
}

// group looks a group up by its name or object id.
func (t *targets) group(ctx context.Context, name string) (looked, error) {
	name = text.Trim(name)
	key := strings.ToLower(name)
	if known, ok := t.groups[key]; ok {
		return known, nil
	}
	found, err := t.findGroup(ctx, name)
	if err == nil {
		t.groups[key] = found
	}
	return found, err
}

func (t *targets) findGroup(ctx context.Context, name string) (looked, error) {
	var all []graph.Group
	g, err := t.directory.GroupByID(ctx, strings.ToLower(name))
	switch {
	case errors.As(err, new(*graph.IDError)): // it is a name
		if all, err = t.directory.GroupsNamed(ctx, name); err != nil {
			return looked{}, err
		}
	case graph.IsMissing(err):
	case err != nil:
		return looked{}, err
	default:
		all = []graph.Group{g}
	}
	switch len(all) {
	case 0:
		return looked{wrong: "is not a group of the tenant", advice: batch.KindGroups.Advice()}, nil
	case 1:
	default:
		ids := make([]string, len(all))
		for i, g := range all {
			ids[i] = g.ID
		}
		slices.Sort(ids)
		return looked{
			wrong:  fmt.Sprintf("is the name of %d groups", len(all)),
			advice: "Give the object id instead: " + text.Few(ids[:min(5, len(ids))], len(ids)),
		}, nil
	}
	found := looked{Target: batch.Target{Name: text.Line(all[0].Name), ID: all[0].ID, IsGroup: true}}
	err = t.directory.CheckGroup(ctx, all[0])
	if barred, ok := errors.AsType[*graph.GroupError](err); ok {
		found.wrong, found.advice = "is a group that guests cannot be added to: it "+barred.Reason.String(), sentence(barred.Hint())
		return found, nil
	}
	return found, err
}

// sentence makes one of an advice of Graph's errors, which is in ASCII.
func sentence(advice string) string {
	return strings.ToUpper(advice[:1]) + advice[1:] + "."
}

// lookUpPeople looks persons up by address, user principal name or object id. A sponsor
// may be a group.
func (t *targets) lookUpPeople(ctx context.Context, names []string, sponsors map[string]bool) error {
	for some := range slices.Chunk(names, lookUpTogether) {
		found, err := t.directory.LookUp(ctx, some)
		if err != nil {
			return err
		}
		for _, name := range some {
			one := personOf(name, found[name])
			if one.wrong != "" && sponsors[name] && !strings.Contains(name, "@") {
				g, err := t.directory.GroupByID(ctx, name)
				if err == nil {
					one = looked{Target: batch.Target{Name: text.Line(g.Name), ID: g.ID, IsGroup: true}}
				} else if !graph.IsMissing(err) {
					return err
				}
			}
			t.people[name] = one
		}
	}
	return nil
}

// personOf is the one of the users whom a name was found to be of.
func personOf(name string, users []graph.User) looked {
	switch len(users) {
	case 0:
		return looked{
			wrong: batch.NoSuchPerson, advice: batch.KindManager.Advice(),
		}
	case 1:
		shown := name
		if !strings.Contains(name, "@") && users[0].PrincipalName != "" {
			shown = users[0].PrincipalName
		}
		return looked{Target: batch.Target{Name: text.Line(shown), ID: users[0].ID}}
	default:
		return looked{wrong: fmt.Sprintf("is an address of %d accounts", len(users)), advice: "Give the object id of the one that is meant."}
	}
}

// byName is a target that was not looked up.
func byName(name string) batch.Target {
	return batch.Target{Name: text.Line(name), ID: text.Line(name)}
}

// apply replaces what a row names by what was found. What cannot be used is a problem of the
// row.
func (t *targets) apply(h batch.Header, j *batch.Judged) {
	wrong := func(f batch.Field, kind batch.Kind, name string, found looked) {
		p := batch.Problem{
			Severity: batch.SeverityInvalid, Field: f, Kind: kind, Column: h.Heading(f), Value: name, What: found.wrong, Advice: found.advice,
		}
		told := func(other batch.Problem) bool { return other.String() == p.String() }
		if !slices.ContainsFunc(j.Problems, told) { // one column may name manager and sponsors
			j.Problems = append(slices.Clone(j.Problems), p)
		}
	}
	var w batch.Wanted
	w.Attributes = j.Wanted.Attributes
	for _, g := range j.Wanted.Groups {
		if slices.Contains(t.leftOut, batch.FollowUpGroup) {
			w.Groups = append(w.Groups, byName(g.Name))
		} else if found, known := t.groups[strings.ToLower(g.Name)]; known && found.wrong != "" {
			wrong(batch.Groups, batch.KindGroups, g.Name, found)
		} else if known {
			w.Groups = append(w.Groups, found.Target)
		}
	}
	if found, known := t.people[j.Wanted.Manager.Name]; known && found.wrong != "" && t.has(batch.FollowUpManager) {
		wrong(batch.Manager, batch.KindManager, j.Wanted.Manager.Name, found)
	} else if known {
		w.Manager = found.Target
	}
	if name := j.Wanted.Manager.Name; name != "" && slices.Contains(t.leftOut, batch.FollowUpManager) {
		w.Manager = byName(name)
	}
	if t.has(batch.FollowUpSponsor) {
		j.Invitation.Sponsors = nil
		for _, s := range j.Wanted.Sponsors {
			found := t.people[s.Name]
			switch isNew := !slices.Contains(w.Sponsors, found.Target); {
			case found.wrong != "":
				wrong(batch.Sponsors, batch.KindSponsors, s.Name, found)
			case found.ID != "" && isNew:
				w.Sponsors = append(w.Sponsors, found.Target)
				j.Invitation.Sponsors = append(j.Invitation.Sponsors, graph.Object{ID: found.ID})
			}
		}
	}
	j.Wanted = w
}
