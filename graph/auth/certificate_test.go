package auth

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"guestlist/internal/secret"
)

// password opens every locked file that testdata/make.sh makes.
const password = "hunter2"

func certificateEnv(file, pass, chain string) map[string]string {
	return map[string]string{
		tenantVariable: tenantID, clientVariable: clientID,
		certificateVariable: filepath.Join("testdata", file), passwordVariable: pass, chainVariable: chain,
	}
}

func TestCertificateIsExchanged(t *testing.T) {
	for _, test := range []struct {
		file, password, chain string
		sent                  int
	}{
		{"app.pem", "", "", 0},
		{"app.pem", "", "true", 2},
		{"app.pem", password, "1", 2}, // a password too many
		{"encrypted.pem", password, "TRUE", 2},
		{"encrypted128.pem", password, "", 0},
		{"encrypted384.pem", password, "", 0},
		{"encrypted512.pem", password, "", 0},
		{"scrypt.pem", password, "", 0},
		{"app.pfx", password, "true", 2},
		{"app.pfx", password, "false", 0},
		{"open.pfx", "", "", 0},
		{"aes.pfx", password, "true", 2}, // as OpenSSL 3 writes it
	} {
		t.Run(test.file+" "+test.chain, func(t *testing.T) {
			a := newAuthority(t)
			s := signIn(t, a.config(ModeClientCertificate, certificateEnv(test.file, test.password, test.chain)))
			wantToken(t, s, "token-1")
			form := a.exchanges()[0]
			wantForm(t, form, map[string]string{"grant_type": "client_credentials", "client_id": clientID, "client_secret": ""})
			wantAssertion(t, a, form.Get("client_assertion"), test.sent)
		})
	}
}

// wantAssertion checks what the authority would: who signed, for whom, with
// what, and how many certificates came along.
func wantAssertion(t *testing.T, a *authority, assertion string, sent int) {
	t.Helper()
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		t.Fatalf("assertion %q", assertion)
	}
	var header struct {
		Alg string
		X5C []string `json:"x5c"`
	}
	var claims struct{ Iss, Sub, Aud string }
	decode(t, parts[0], &header)
	decode(t, parts[1], &claims)
	if claims.Iss != clientID || claims.Sub != clientID || claims.Aud != a.URL+"/"+tenantID+"/oauth2/v2.0/token" {
		t.Errorf("claims %+v", claims)
	}
	app := appCertificate(t)
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPSS(app.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature, nil); header.Alg != "PS256" || err != nil {
		t.Errorf("signature %s: %v", header.Alg, err)
	}
	if len(header.X5C) != sent {
		t.Fatalf("%d certificates sent, want %d", len(header.X5C), sent)
	}
	if sent > 0 && header.X5C[0] != base64.StdEncoding.EncodeToString(app.Raw) {
		t.Error("the app's certificate does not come first")
	}
}

func appCertificate(t *testing.T) *x509.Certificate {
	t.Helper()
	chain, _, err := readCertificate(filepath.Join("testdata", "app.pem"), secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	return chain[0]
}

func decode(t *testing.T, part string, into any) {
	t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}

func TestUselessCertificates(t *testing.T) {
	for _, test := range []struct{ file, password, text, hint string }{
		{"none.pem", "", "none.pem", certificateVariable},
		{"make.sh", "", "make.sh", certificateVariable},
		{"app.pfx", "wrong", "password incorrect", passwordVariable},
		{"app.pfx", "", "password incorrect", passwordVariable},
		{"encrypted.pem", "wrong", "password", passwordVariable},
		{"encrypted.pem", "", "password", passwordVariable},
		{"encrypted512.pem", "wrong", "password", passwordVariable},
		{"scrypt.pem", "wrong", "password", passwordVariable},
		{"encrypted1990s.pem", password, "unknown algorithm", "openssl pkcs8"},
		{"ec.pem", "", "not an RSA key", "RSA"},
	} {
		t.Run(test.file+" "+test.password, func(t *testing.T) {
			a := newAuthority(t)
			_, err := SignIn(a.config(ModeClientCertificate, certificateEnv(test.file, test.password, "")))
			var bad *CertificateError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), test.text) || !strings.Contains(bad.Hint(), test.hint) {
				t.Errorf("error %q, hint %q", err, bad.Hint())
			}
			if strings.Contains(err.Error()+bad.Hint(), password) {
				t.Error("the password shows")
			}
		})
	}
}
