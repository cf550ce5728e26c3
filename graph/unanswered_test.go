package graph_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"guestlist/graph"
)

func TestNoAnswerIsToldFromNeverSent(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	_, err = clientOf(t, closed).Invite(t.Context(), graph.Invitation{})
	if !errors.As(err, new(*graph.UnreachableError)) {
		t.Errorf("nobody listens: got %v", err)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"cut before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			created(w, receiptBody[:40])
			panic(http.ErrAbortHandler)
		},
		"not JSON": func(w http.ResponseWriter, _ *http.Request) { created(w, "<html>") },
		"no link":  func(w http.ResponseWriter, _ *http.Request) { created(w, "{}") },
		"cut JSON": func(w http.ResponseWriter, _ *http.Request) { created(w, receiptBody[:150]) },
		"time-out": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client leave
			<-r.Context().Done()
		},
		"no string": func(w http.ResponseWriter, _ *http.Request) { created(w, `{"inviteRedeemUrl":7}`) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, handler).Invite(t.Context(), graph.Invitation{EmailAddress: "a@b.example"})
			if !errors.As(err, new(*graph.NoAnswerError)) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), "nobody-may-see") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
