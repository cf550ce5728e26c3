package batch

import "testing"

func TestEveryStatusHasAMeaningOfItsOwn(t *testing.T) {
	seen := make(map[string]Status)
	for _, s := range Statuses() {
		meaning := s.Meaning()
		if other, twice := seen[meaning]; twice || meaning == "" {
			t.Errorf("%s means %q, as does %s", s, meaning, other)
		}
		seen[meaning] = s
	}
	if got := Status("odd").Meaning(); got != "" {
		t.Errorf("a status that nobody knows means %q", got)
	}
}
