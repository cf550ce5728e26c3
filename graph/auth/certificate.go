package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"

	"guestlist/internal/secret"
	"guestlist/internal/text"
)

// errKeyKind says that a key cannot sign: azidentity signs client assertions with
// RSA alone.
var errKeyKind = errors.New("the private key is not an RSA key")

// readCertificate reads a certificate with its chain and its private key, from
// PEM or PKCS #12 (PFX). Errors are [*CertificateError].
func readCertificate(path string, password secret.Text) ([]*x509.Certificate, crypto.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, &CertificateError{Path: path, Err: err}
	}
	chain, key, err := parseCertificate(data, password.Reveal())
	if err != nil {
		return nil, nil, &CertificateError{Path: path, Err: err}
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return nil, nil, &CertificateError{Path: path, Err: errKeyKind}
	}
	return chain, key, nil
}

// parseCertificate leaves PEM to azidentity. Its own reader of PKCS #12 does not
// know the encryption that OpenSSL 3 and Windows use today.
func parseCertificate(data []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if isPEM(data) {
		plain, err := decryptPEM(data, []byte(password))
		if err != nil {
			return nil, nil, err
		}
		return azidentity.ParseCertificates(plain, nil)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return nil, nil, err
	}
	return append([]*x509.Certificate{leaf}, chain...), key, nil
}

func isPEM(data []byte) bool { return bytes.Contains(data, []byte("-----BEGIN ")) }

// CertificateError says that a certificate file cannot be used.
type CertificateError struct {
	// Path is the file, Err what is wrong with it.
	Path string
	Err  error
}

func (e *CertificateError) Error() string {
	if errors.As(e.Err, new(*os.PathError)) {
		return "certificate: " + text.Error(e.Err)
	}
	return fmt.Sprintf("certificate %s: %s", e.Path, text.Error(e.Err))
}

// Unwrap gives the cause.
func (e *CertificateError) Unwrap() error { return e.Err }

// Hint says what a usable file holds.
func (e *CertificateError) Hint() string {
	switch {
	case errors.As(e.Err, new(*os.PathError)):
		return certificateVariable + " must name a file that can be read"
	case errors.Is(e.Err, errPassword), errors.Is(e.Err, pkcs12.ErrIncorrectPassword):
		return "check " + passwordVariable
	case errors.Is(e.Err, errCipher):
		return "encrypt the key the current way: openssl pkcs8 -topk8 -in FILE.pem -out KEY.pem, and put the certificates behind it"
	case errors.As(e.Err, new(pkcs12.NotImplementedError)):
		return "this PFX is encrypted in a way that cannot be read here; turn it into PEM: openssl pkcs12 -in FILE.pfx -out FILE.pem"
	default:
		return certificateVariable + " must name a PEM or PFX file with an RSA private key and its certificate"
	}
}
