package graph

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// UnreachableError says that the request never left this machine: no name, no
// route, no connection, no TLS. Nothing was done.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return fmt.Sprintf("Graph cannot be reached: %v", e.Err) }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Untrusted reports whether the certificate of the other side was the reason. That
// does not pass by itself.
func (e *UnreachableError) Untrusted() bool {
	return errors.As(e.Err, new(*tls.CertificateVerificationError))
}

// Hint says where to look.
func (e *UnreachableError) Hint() string {
	if e.Untrusted() {
		return TrustHint
	}
	return "check the network, the proxy (HTTPS_PROXY) and --graph-url, then run the same command again"
}

// TrustHint says how to have this machine trust a certificate authority.
const TrustHint = `where the company's network inspects TLS, ask its administrators for the certificate of their authority (CA) and add it to this machine's:
Windows: certutil -addstore -f Root ca.cer (as administrator)
macOS:   sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.pem
Linux:   add it to the system's certificates, or name a file that holds it with them: SSL_CERT_FILE=/path/to/ca-bundle.pem
Then run the same command again. On a public network, sign in to the network first; an expired certificate may be this machine's clock.`

// neverSent is the error of a request of which no byte has left.
func neverSent(err error, mask tokenMask, id string) error {
	if refused, ok := errors.AsType[*proxyError](err); ok && refused.refused() {
		return &NotGraphError{Status: refused.status, Proxy: refused.proxy, NotSent: true, ClientRequestID: id}
	}
	return &UnreachableError{&transportError{unwrapURL(err), mask}}
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
