package auth

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"testing"
)

// A file must not make us compute for hours, nor take all memory.
func TestKeyThatWantsTooMuchWork(t *testing.T) {
	for name, test := range map[string]struct {
		derivation asn1.ObjectIdentifier
		parameters any
		want       error
	}{
		"PBKDF2":                        {oidPBKDF2, pbkdf2Params{Salt: []byte("salt"), Iterations: 2048}, errPassword},
		"PBKDF2, too many iterations":   {oidPBKDF2, pbkdf2Params{Salt: []byte("salt"), Iterations: maxIterations + 1}, errCipher},
		"PBKDF2, no iteration":          {oidPBKDF2, pbkdf2Params{Salt: []byte("salt")}, errCipher},
		"scrypt":                        {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 1024, Block: 8, Parallels: 1}, errPassword},
		"scrypt, 16 GiB":                {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 1 << 24, Block: 8, Parallels: 1}, errCipher},
		"scrypt, a block of 2 GiB":      {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 2, Block: 1 << 24, Parallels: 1}, errCipher},
		"scrypt, over and over":         {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 1 << 14, Block: 8, Parallels: 1 << 20}, errCipher},
		"scrypt, product over 64 bits":  {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 1 << 40, Block: 1 << 40, Parallels: 1 << 40}, errCipher},
		"scrypt, cost not a power of 2": {oidScrypt, scryptParams{Salt: []byte("salt"), Cost: 1000, Block: 8, Parallels: 1}, errCipher},
		"scrypt, nothing":               {oidScrypt, scryptParams{Salt: []byte("salt")}, errCipher},
		"neither":                       {oidPBES2, scryptParams{Salt: []byte("salt")}, errCipher},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := marshal(t, pbes2{
				pkix.AlgorithmIdentifier{Algorithm: test.derivation, Parameters: asn1.RawValue{FullBytes: marshal(t, test.parameters)}},
				pkix.AlgorithmIdentifier{Algorithm: oidAES256, Parameters: asn1.RawValue{FullBytes: marshal(t, make([]byte, 16))}},
			})
			key := marshal(t, encryptedKey{
				pkix.AlgorithmIdentifier{Algorithm: oidPBES2, Parameters: asn1.RawValue{FullBytes: scheme}}, make([]byte, 32),
			})
			if _, err := decryptKey(key, []byte(password)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
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
