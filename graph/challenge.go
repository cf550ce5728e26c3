package graph

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// A claims challenge asks for a token that proves more, such as a second factor, or
// that is newer than a change of the account
// (learn.microsoft.com/entra/identity-platform/claims-challenge).
var (
	insufficientClaims = regexp.MustCompile(`(?i)\berror="?insufficient_claims\b`)
	challengeClaims    = regexp.MustCompile(`(?i)\bclaims="([A-Za-z0-9+/_=-]+)"`)
)

// maxClaims bounds what is taken for claims, in bytes: they are sent to the sign-in
// service and shown.
const maxClaims = 8 << 10

// claimsAsked are the claims that an answer asks for, a JSON object, "" for none.
func claimsAsked(a answer) string {
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		return ""
	}
	header := strings.Join(a.header.Values("Www-Authenticate"), ", ")
	m := challengeClaims.FindStringSubmatch(header)
	if len(m) == 0 || len(m[1]) > maxClaims || !insufficientClaims.MatchString(header) {
		return ""
	}
	encoded := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(m[1], "="))
	claims, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil || json.Unmarshal(claims, new(map[string]json.RawMessage)) != nil {
		return ""
	}
	return string(claims)
}

// ClaimsCommand is the command of the Azure CLI that signs a person in again with
// claims. They are no secret, although they look like a token.
func ClaimsCommand(claims string) string {
	return `az login --claims-challenge "` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
}
