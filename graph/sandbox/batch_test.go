package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guestlist/internal/assert"
)

type batchAnswers struct {
	Responses []struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"responses"`
}

func (r room) batch(t *testing.T, requests ...string) got {
	t.Helper()
	req := request(t, http.MethodPost, r.url+"/$batch", `{"requests":[`+strings.Join(requests, ",")+`]}`)
	req.Header.Set("Content-Type", "application/json")
	return r.do(req)
}

func TestBatchAnswersEachByItself(t *testing.T) {
	calls := 0
	r := serve(t, Config{Record: true, People: []Person{{Address: "pat@fabrikam.example"}}, Trouble: func(r *http.Request) (int, int) {
		if r.URL.Path == root+"/organization" {
			calls++
			return http.StatusTooManyRequests, 7
		}
		return 0, 0
	}})
	g := r.batch(t,
		`{"id":"a","method":"GET","url":"/users?$filter=mail%20eq%20'pat@fabrikam.example'&$select=mail"}`,
		`{"id":"b","method":"GET","url":"/users?$filter=nonsense"}`,
		`{"id":"c","method":"GET","url":"/organization"}`,
		`{"id":"d","method":"GET","url":"/nowhere"}`,
		`{"id":"e","method":"POST","url":"/invitations","headers":{"Content-Type":"application/json"},"body":`+ask("bo@fabrikam.example")+`}`,
		`{"id":"f","method":"GET","url":"/users/$count","headers":{"ConsistencyLevel":"eventual"}}`,
	)
	assert.Equal(t, "status", g.status, http.StatusOK)
	var statuses []string
	answers := decode[batchAnswers](t, g.body).Responses
	for _, a := range answers {
		statuses = append(statuses, fmt.Sprint(a.ID, a.Status, a.Headers["Retry-After"]))
	}
	assert.Equal(t, "answers", statuses, []string{"a200", "b400", "c4297", "d404", "e201", "f200"})
	assert.Equal(t, "body", decode[found](t, answers[0].Body).Value, []map[string]any{{"mail": "pat@fabrikam.example"}})
	assert.Equal(t, "count", string(answers[5].Body), "2")
	assert.Equal(t, "mails", r.Mails("bo@fabrikam.example"), 1)
	assert.Equal(t, "requests on record", len(r.Requests()), 7)
	assert.Equal(t, "asked for trouble", calls, 1)
}

func TestBatchRefuses(t *testing.T) {
	r := serve(t, Config{})
	item := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"method":"GET","url":"/organization"}`, id)
	}
	var many []string
	for i := range 21 {
		many = append(many, item(fmt.Sprint(i)))
	}
	for name, requests := range map[string][]string{
		"nothing":         {},
		"too many":        many,
		"an id twice":     {item("a"), item("A")},
		"no id":           {item("")},
		"absolute URL":    {`{"id":"a","method":"GET","url":"https://graph.microsoft.com/v1.0/users"}`},
		"unknown":         {`{"id":"a","method":"GET","url":"/users","dependsOn":["b"]}`},
		"something else":  {`1`},
		"twenty are fine": many[:20],
	} {
		want := http.StatusBadRequest
		if name == "twenty are fine" {
			want = http.StatusOK
		}
		assert.Equal(t, name, r.batch(t, requests...).status, want)
	}
}
