package auth

import (
	"strings"
	"testing"

	"guestlist/graph"
)

func TestEveryEntraCodeIsExplained(t *testing.T) {
	all := Codes()
	for _, code := range []string{
		"7000215", "65001", "700016", "7000222", "7000229", "700024", "700222", "530035", "50013", "50196", "53003", "90002", "90033",
	} {
		hint := (&FailedError{Code: "AADSTS" + code, Status: 400}).Hint()
		if strings.Contains(hint, "look the code up") {
			t.Errorf("%s has no hint", code)
		}
		for _, question := range []string{"AADSTS" + code, code, "client-secret: AADSTS" + code + ": Something went wrong. Trace ID: 1"} {
			found := graph.Explain(all, question)
			if len(found) != 1 || found[0].Name != "AADSTS"+code || found[0].Meaning == "" || !strings.EqualFold(found[0].Advice, hint+".") {
				t.Errorf("%q: %+v", question, found)
			}
		}
	}
}
