package graph_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"guestlist/graph"
	"guestlist/internal/need"
)

func TestNoAnswerIsToldFromNeverSent(t *testing.T) {
	t.Parallel()
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
		"plain http": func(w http.ResponseWriter, _ *http.Request) {
			created(w, `{"inviteRedeemUrl":"http://login.example/redeem?ticket=nobody-may-see","invitedUser":{"id":"u1"}}`)
		},
		"no URL": func(w http.ResponseWriter, _ *http.Request) {
			created(w, `{"inviteRedeemUrl":"nobody-may-see","invitedUser":{"id":"u1"}}`)
		},
		"200": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Request-Id", "req-1")
			_, _ = io.WriteString(w, receiptBody)
		},
		"202": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Request-Id", "req-1")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, receiptBody)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "time-out" {
				need.Time(t, "waits for it; TestTimeOutSaysSo does, too")
			}
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

// rawAnswer is a server that answers with bytes that are no HTTP.
func rawAnswer(t *testing.T, bytes string) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, bytes)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	return "http://" + listener.Addr().String()
}

// Errors of net/http quote what the other side sent.
func TestForeignBytesInErrorsAreSafe(t *testing.T) {
	for name, answer := range map[string]string{
		"no HTTP":        "go to " + redeemURL + " \x1b[31m\u202e now\r\n\r\n",
		"odd header":     "HTTP/1.1 201 Created\r\n" + redeemURL + "\x1b[31m\u202e\r\n\r\n",
		"odd request id": "HTTP/1.1 403 Forbidden\r\nRequest-Id: Bearer nobody-may-see \xe2\x80\xae\x80\r\nContent-Length: 0\r\n\r\n",
		"odd status":     "HTTP/1.1 2O1 ticket=nobody-may-see\r\n\r\n",
		"odd length":     "HTTP/1.1 201 Created\r\nContent-Length: ticket=nobody-may-see\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clientOf(t, rawAnswer(t, answer)).Invite(t.Context(), graph.Invitation{})
			texts := []string{fmt.Sprint(err)}
			for e := err; e != nil; e = errors.Unwrap(e) {
				switch typed := e.(type) { //nolint:errorlint // each level by itself
				case *graph.NoAnswerError:
					texts = append(texts, typed.Err.Error(), typed.RequestID)
				case *graph.UnreachableError:
					texts = append(texts, typed.Err.Error())
				case *graph.Refusal:
					texts = append(texts, typed.Message, typed.Code, typed.RequestID)
				}
			}
			for _, text := range texts {
				if strings.Contains(text, "nobody-may-see") || strings.ContainsAny(text, "\x1b\u202e\n") || !utf8.ValidString(text) {
					t.Errorf("%q", text)
				}
			}
			if err == nil {
				t.Error("no error")
			}
		})
	}
}
