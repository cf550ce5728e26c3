package results

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"guestlist/internal/secret"
)

// RowKey says to whom the outcome in a row of a workbook belongs. People correct
// addresses, and sort or paste rows: the link in a row is still that of the
// guest it was made for, in the tenant it was made in.
type RowKey struct {
	// Tenant is the tenant's id, "" where the sign-in did not tell.
	Tenant string
	// Address and Fingerprint are those of the row as it was sent.
	Address     string
	Fingerprint uint64
	// Link is the checksum of the row's link, "" in results of an earlier version: a
	// column that was sorted by itself has the links of others.
	Link string
}

// noTenant is written for a tenant that is not known.
const noTenant = "-"

const (
	// linkMark is before the checksum of the link, behind an address, which has no space.
	linkMark = " ="
	// noLink is the checksum of no link.
	noLink = "-"
)

// LinkSum is the checksum of a link. It tells nothing of the link.
func LinkSum(link secret.Text) string {
	if link.IsZero() {
		return noLink
	}
	sum := sha256.Sum256([]byte(link.Reveal()))
	return base64.RawStdEncoding.EncodeToString(sum[:6])
}

// String gives the form that [ParseRowKey] reads.
func (k RowKey) String() string {
	tenant := k.Tenant
	if tenant == "" {
		tenant = noTenant
	}
	link := ""
	if k.Link != "" {
		link = linkMark + k.Link
	}
	return fmt.Sprintf("%s %016x %s%s", tenant, k.Fingerprint, k.Address, link)
}

// ParseRowKey reads a key; it reports false for any other text.
func ParseRowKey(text string) (RowKey, bool) {
	tenant, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	sum, address, ok := strings.Cut(rest, " ")
	address, link, _ := strings.Cut(address, linkMark)
	fingerprint, err := strconv.ParseUint(sum, 16, 64)
	if !ok || err != nil || tenant == "" || address == "" {
		return RowKey{}, false
	}
	if tenant == noTenant {
		tenant = ""
	}
	return RowKey{Tenant: tenant, Address: address, Fingerprint: fingerprint, Link: link}, true
}
