package graph

import "fmt"

// UnreachableError says that the request never left this machine: no name, no
// route, no connection, no TLS. Nothing was done.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return fmt.Sprintf("Graph cannot be reached: %v", e.Err) }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Hint says where to look.
func (e *UnreachableError) Hint() string {
	return "check the network, the proxy (HTTPS_PROXY) and --graph-url, then run the same command again"
}

// NoAnswerError says that the request left and no readable answer came: a
// time-out, a cut connection, half a body. What was asked for may have been done.
type NoAnswerError struct {
	Err error
	// RequestID is known when at least the headers came.
	RequestID string
	// ClientRequestID is the id that went along with the request.
	ClientRequestID string
	// NotProcessed says that the server told us, by the protocol, that it did not
	// process the request: REFUSED_STREAM and GOAWAY of HTTP/2 (RFC 9113, section
	// 8.7). It is the server's word, not a proof.
	NotProcessed bool
}

func (e *NoAnswerError) Error() string { return fmt.Sprintf("no answer from Graph: %v", e.Err) }

// Unwrap gives the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// SignInError says that there is no token for the request. Nothing was done.
type SignInError struct{ Err error }

func (e *SignInError) Error() string { return fmt.Sprintf("signing in failed: %v", e.Err) }

// Unwrap gives the cause.
func (e *SignInError) Unwrap() error { return e.Err }
