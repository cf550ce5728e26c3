package batch

// History is what the journal remembers of every address that was ever sent:
// a [Past] for each, kept small, since nearly all of a million are invited and
// nothing else is to be known of those. The zero History is empty.
type History struct {
	invited map[digest]struct{}
	others  map[digest]Past
}

// Of returns the past of an address, the zero Past for one that was never sent.
// The fingerprint of an invited row is not kept: nothing depends on it.
func (h *History) Of(address string) Past { return h.of(digestOf(address)) }

// Tell adds to the past of an address: tell calls methods of [Past].
func (h *History) Tell(address string, tell func(*Past)) {
	key := digestOf(address)
	past := h.of(key)
	tell(&past)
	h.keep(key, past)
}

func (h *History) of(key digest) Past {
	if h == nil {
		return Past{}
	}
	if _, ok := h.invited[key]; ok {
		return Past{Status: Invited}
	}
	return h.others[key]
}

func (h *History) keep(key digest, past Past) {
	if h.invited == nil {
		h.invited, h.others = make(map[digest]struct{}), make(map[digest]Past)
	}
	if past.Status == Invited && past.Open == 0 && past.Mailed == 0 {
		h.invited[key] = struct{}{}
		delete(h.others, key)
		return
	}
	delete(h.invited, key)
	h.others[key] = past
}
