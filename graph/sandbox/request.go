package sandbox

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Request is one request as the tenant saw it, and what came of it.
type Request struct {
	// At is when it arrived, by this machine's clock: Config.ClockOffset does
	// not move it.
	At time.Time
	// Method, Path and Query are those of the request line; Query is undecoded.
	Method, Path, Query string
	// Address is the address that was invited or looked up, in lower case, ""
	// where the request names none.
	Address string
	// Users are the object ids of those whom the request changed, whatever became of the
	// answer: nil where it changed no user.
	Users []string
	// Invitation is the body of an invitation that could be read.
	Invitation Invitation
	// ClientRequestID is the client's, or RequestID when it sent none.
	ClientRequestID string
	// RequestID is the tenant's id for the request.
	RequestID string
	// Status is the HTTP status of the answer, 0 when the connection was cut
	// before it. It is the same whether or not the client waited for it.
	Status int
	// Cut says that the connection was cut before the answer or within it.
	Cut bool
	// Invited says that the guest is in the directory because of this request,
	// or has a new link because of it, whatever the answer was.
	Invited bool
	// Mailed says that an invitation email went to the guest.
	Mailed bool
}

// newRequest notes what is known of a request before its body is read.
func newRequest(r *http.Request) Request {
	req := Request{
		At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		RequestID: uuid.NewString(), ClientRequestID: r.Header.Get("Client-Request-Id"),
	}
	if req.ClientRequestID == "" {
		req.ClientRequestID = req.RequestID
	}
	return req
}
