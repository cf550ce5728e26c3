package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the default of RFC 8018
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// The reader of encrypted PKCS #8 keys is our own: neither the standard library
// nor azidentity decrypts them, and the libraries that do read fewer of the
// algorithms that openssl writes.

var (
	// errPassword says that the private key is encrypted and the password wrong
	// or missing.
	errPassword = errors.New("the private key is encrypted and the password is wrong or missing")
	// errCipher says that the key is encrypted in a way other than AES-CBC with
	// PBKDF2, which openssl has used since 2016, or scrypt.
	errCipher = errors.New("the private key is encrypted with an unknown algorithm")
)

// The algorithms of RFC 8018 and RFC 7914, and the AES ones of NIST.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidSHA1   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}
	oidSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidSHA384 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}
	oidSHA512 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}
	oidAES128 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}
	oidAES192 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}
	oidAES256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// What a file may make us compute.
const (
	// maxIterations bounds PBKDF2: openssl writes 2,048, and careful people some
	// hundred thousand.
	maxIterations = 10_000_000
	// maxScryptMemory bounds what scrypt needs, in bytes: openssl's default needs
	// 16 MiB. maxScryptWork bounds N x r x p, 131,072 by openssl's default.
	maxScryptMemory = 256 << 20
	maxScryptWork   = 8 << 20
)

// decryptPEM replaces encrypted PKCS #8 keys by plain ones, which azidentity can
// read. The rest of the file stays as it is.
func decryptPEM(data, password []byte) ([]byte, error) {
	var out bytes.Buffer
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return out.Bytes(), nil
		}
		data = rest
		if block.Headers["DEK-Info"] != "" {
			return nil, errCipher
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" {
			plain, err := decryptKey(block.Bytes, password)
			if err != nil {
				return nil, err
			}
			block = &pem.Block{Type: "PRIVATE KEY", Bytes: plain}
		}
		if err := pem.Encode(&out, block); err != nil {
			return nil, err
		}
	}
}

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5958.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is PBES2-params of RFC 8018.
type pbes2 struct {
	Derivation, Encryption pkix.AlgorithmIdentifier
}

// pbkdf2Params is PBKDF2-params of RFC 8018.
type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Function   pkix.AlgorithmIdentifier `asn1:"optional"`
}

// scryptParams is scrypt-params of RFC 7914.
type scryptParams struct {
	Salt                   []byte
	Cost, Block, Parallels int
	KeyLength              int `asn1:"optional"`
}

func decryptKey(der, password []byte) ([]byte, error) {
	if len(password) == 0 {
		return nil, errPassword
	}
	var key encryptedKey
	var scheme pbes2
	if unmarshal(der, &key) != nil || !key.Algorithm.Algorithm.Equal(oidPBES2) ||
		unmarshal(key.Algorithm.Parameters.FullBytes, &scheme) != nil {
		return nil, errCipher
	}
	size, ok := keySize(scheme.Encryption.Algorithm)
	var iv []byte
	if !ok || unmarshal(scheme.Encryption.Parameters.FullBytes, &iv) != nil || len(iv) != aes.BlockSize {
		return nil, errCipher
	}
	derived, err := derive(scheme.Derivation, string(password), size)
	if err != nil {
		return nil, err
	}
	return decryptCBC(key.Data, derived, iv)
}

// unmarshal is asn1.Unmarshal that refuses trailing bytes.
func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		return errCipher
	}
	return err
}

func keySize(id asn1.ObjectIdentifier) (int, bool) {
	switch {
	case id.Equal(oidAES128):
		return 16, true
	case id.Equal(oidAES192):
		return 24, true
	case id.Equal(oidAES256):
		return 32, true
	}
	return 0, false
}

// derive makes a key of a size in bytes from a password.
func derive(algorithm pkix.AlgorithmIdentifier, password string, size int) ([]byte, error) {
	switch id := algorithm.Algorithm; {
	case id.Equal(oidPBKDF2):
		return derivePBKDF2(algorithm.Parameters.FullBytes, password, size)
	case id.Equal(oidScrypt):
		return deriveScrypt(algorithm.Parameters.FullBytes, password, size)
	default:
		return nil, errCipher
	}
}

func derivePBKDF2(der []byte, password string, size int) ([]byte, error) {
	var p pbkdf2Params
	if unmarshal(der, &p) != nil || p.Iterations < 1 || p.Iterations > maxIterations {
		return nil, errCipher
	}
	var function func() hash.Hash
	switch id := p.Function.Algorithm; {
	case len(id) == 0, id.Equal(oidSHA1):
		function = sha1.New
	case id.Equal(oidSHA256):
		function = sha256.New
	case id.Equal(oidSHA384):
		function = sha512.New384
	case id.Equal(oidSHA512):
		function = sha512.New
	default:
		return nil, errCipher
	}
	return pbkdf2.Key(function, password, p.Salt, p.Iterations, size)
}

func deriveScrypt(der []byte, password string, size int) ([]byte, error) {
	var p scryptParams
	if unmarshal(der, &p) != nil || p.Cost < 1 || p.Block < 1 || p.Parallels < 1 ||
		p.Cost > maxScryptMemory/128 || p.Block > maxScryptMemory/128/p.Cost || p.Parallels > maxScryptWork/(p.Cost*p.Block) {
		return nil, errCipher
	}
	key, err := scrypt.Key([]byte(password), p.Salt, p.Cost, p.Block, p.Parallels, size)
	if err != nil {
		return nil, errCipher // the cost is no power of two
	}
	return key, nil
}

// decryptCBC undoes AES-CBC and its padding. A wrong password shows in the
// padding, or later when the key cannot be parsed.
func decryptCBC(data, key, iv []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errCipher
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errPassword
	}
	return plain[:len(plain)-pad], nil
}
