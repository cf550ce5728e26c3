package text

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Error gives an error in words that people use. What Go's own library says within it - of
// files, the network, certificates, numbers - is said anew; the rest of the sentence stays.
func Error(err error) string {
	said := err.Error()
	for _, inner := range within(err) {
		if words := fault(inner); words != "" {
			said = replaceLast(said, inner.Error(), words)
		}
	}
	return goTexts.Replace(said)
}

// within are an error and all that it wraps, the outer ones first.
func within(err error) []error {
	if err == nil {
		return nil
	}
	all := []error{err}
	switch wrapped := err.(type) { //nolint:errorlint // this is the walk itself
	case interface{ Unwrap() error }:
		return append(all, within(wrapped.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range wrapped.Unwrap() {
			all = append(all, within(inner)...)
		}
	}
	return all
}

// replaceLast replaces the last place of old: what an error wraps is the end of what it says.
func replaceLast(s, old, words string) string {
	at := strings.LastIndex(s, old)
	if at < 0 {
		return s
	}
	return s[:at] + words + s[at+len(old):]
}

// fault are the words for an error of Go's library itself, whatever wraps it; "" for
// another one.
func fault(err error) string {
	switch e := err.(type) { //nolint:errorlint // each error of the chain is looked at by itself
	case *fs.PathError:
		return ofFile(e.Path, e.Err)
	case *os.LinkError:
		return ofFile(e.New, e.Err)
	case *exec.Error:
		return fmt.Sprintf("%s is not installed, or not in a folder of PATH", Line(e.Name))
	case *os.SyscallError:
		return causeWords(e.Err)
	case syscall.Errno:
		return causeWords(e)
	case *strconv.NumError:
		return strconv.Quote(Line(e.Num)) + " is not a number"
	case *json.SyntaxError, *json.UnmarshalTypeError:
		return "it is not the JSON that was expected"
	}
	for _, known := range plainErrors {
		if err == known.err { //nolint:errorlint // as above
			return known.words
		}
	}
	return networkFault(err)
}

// plainErrors are the library's errors that are values, without facts of their own.
var plainErrors = []struct {
	err   error
	words string
}{
	{io.ErrUnexpectedEOF, "it ends too early"},
	{io.EOF, "the connection was closed"},
	{context.Canceled, "cancelled"},
}

// networkFault are the words for an error of the network.
func networkFault(err error) string {
	switch e := err.(type) { //nolint:errorlint // as in fault
	case *url.Error:
		if e.Op == "parse" {
			return strconv.Quote(Line(e.URL)) + " is not a URL"
		}
		return Error(e.Err)
	case *net.DNSError:
		if e.IsNotFound {
			return fmt.Sprintf("there is no host %s (DNS)", Line(e.Name))
		}
		return fmt.Sprintf("the name of the host %s cannot be looked up (DNS)", Line(e.Name))
	case *net.OpError:
		return ofConnection(e)
	case x509.UnknownAuthorityError:
		return "the certificate is signed by an authority that this machine does not trust"
	case x509.HostnameError:
		return fmt.Sprintf("the certificate is not one for %s", Line(e.Host))
	case x509.CertificateInvalidError:
		if e.Reason == x509.Expired {
			return "the certificate has expired, or is not valid yet"
		}
		return "the certificate is not valid"
	case net.Error:
		if e.Timeout() {
			return "no answer in time"
		}
	}
	return ""
}

func ofFile(path string, cause error) string {
	folder := filepath.Dir(path)
	path = Line(path)
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			return "the folder " + Line(folder) + " does not exist"
		}
		return path + " does not exist"
	case errors.Is(cause, fs.ErrExist):
		return path + " exists already"
	case errors.Is(cause, fs.ErrPermission):
		return "access to " + path + " is denied"
	}
	return path + ": " + Error(cause)
}

// ofConnection leaves out what only helps who writes programs: the local port.
func ofConnection(e *net.OpError) string {
	if inner := networkFault(e.Err); inner != "" && !e.Timeout() {
		return inner
	}
	other := "the other side"
	if e.Addr != nil {
		other = e.Addr.String()
	}
	if e.Timeout() {
		return other + " did not answer in time"
	}
	return other + ": " + Error(e.Err)
}

// causeWords are the words for an error of the operating system, "" where its own will do.
func causeWords(err error) string {
	number, ok := errors.AsType[syscall.Errno](err)
	switch words := systemErrors[number]; {
	case !ok:
		return ""
	case words != "":
		return words
	case errors.Is(number, fs.ErrNotExist):
		return "there is no such file or folder"
	case errors.Is(number, fs.ErrPermission):
		return "access is denied"
	case errors.Is(number, fs.ErrExist):
		return "the file exists already"
	}
	return ""
}

// systemErrors are the errors that people meet, with the numbers of Windows' sockets. What
// Windows says itself of files is good as it is, and in the user's language.
var systemErrors = map[syscall.Errno]string{ //nolint:exhaustive // the others are for programs
	syscall.ENOSPC:       "the disk is full",
	syscall.EROFS:        "the disk can only be read",
	syscall.EISDIR:       "it is a folder",
	syscall.ENOTDIR:      "a part of the path is not a folder",
	syscall.ENAMETOOLONG: "the name is too long",
	syscall.EFBIG:        "the file would be larger than is allowed",
	syscall.EIO:          "the disk cannot be read or written",
	syscall.EMFILE:       "too many files are open",
	syscall.EPIPE:        "the other side closed the connection",

	syscall.ECONNREFUSED: "the connection was refused",
	syscall.ECONNRESET:   "the other side closed the connection",
	syscall.ECONNABORTED: "the connection was closed",
	syscall.ETIMEDOUT:    "no answer in time",
	syscall.ENETUNREACH:  "the network cannot be reached",
	syscall.EHOSTUNREACH: "the host cannot be reached",

	10061: "the connection was refused",
	10054: "the other side closed the connection",
	10053: "the connection was closed",
	10060: "no answer in time",
	10051: "the network cannot be reached",
	10065: "the host cannot be reached",
}

// goTexts are what the library says by errors without a type of their own.
var goTexts = strings.NewReplacer(
	"http2: client connection lost", "the connection was lost",
	"http: server closed idle connection", "the other side closed the connection",
	"http: server gave HTTP response to HTTPS client", "the other side does not use HTTPS",
	"net/http: HTTP/1.x transport connection broken: ", "",
	"use of closed network connection", "the connection was closed",
	"tls: failed to verify certificate: ", "",
	"net/http: request canceled while waiting for connection", "no connection in time",
	" (Client.Timeout exceeded while awaiting headers)", "",
	"i/o timeout", "no answer in time",
	": database disk image is malformed (11)", "",
	"file is not a database (26)", "it is no SQLite database",
	"unclosed action", "a {{ is not closed by }}",
	"executable not found on path", "it is not installed, or not in a folder of PATH",
)
