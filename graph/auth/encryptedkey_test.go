package auth

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"testing"
)

// A file must not make us compute for hours.
func TestKeyThatWantsTooMuchWork(t *testing.T) {
	for _, test := range []struct {
		iterations int
		want       error
	}{{2048, errPassword}, {maxIterations + 1, errCipher}, {0, errCipher}} {
		derivation := marshal(t, pbkdf2Params{Salt: []byte("salt"), Iterations: test.iterations})
		scheme := marshal(t, pbes2{
			pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: asn1.RawValue{FullBytes: derivation}},
			pkix.AlgorithmIdentifier{Algorithm: oidAES256, Parameters: asn1.RawValue{FullBytes: marshal(t, make([]byte, 16))}},
		})
		key := marshal(t, encryptedKey{
			pkix.AlgorithmIdentifier{Algorithm: oidPBES2, Parameters: asn1.RawValue{FullBytes: scheme}}, make([]byte, 32),
		})
		if _, err := decryptKey(key, []byte(password)); !errors.Is(err, test.want) {
			t.Errorf("%d iterations: got %v", test.iterations, err)
		}
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func FuzzDecryptPEMNeverPanics(f *testing.F) {
	f.Add([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"), []byte(password))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n"), []byte(nil))
	f.Fuzz(func(_ *testing.T, data, pass []byte) {
		_, _ = decryptPEM(data, pass)
		_, _ = decryptKey(data, pass)
	})
}
