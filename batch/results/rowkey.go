package results

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"guestlist/internal/secret"
)

// RowKey says to whom the outcome in a row of a workbook belongs. People correct
// addresses, and sort or paste rows: the link in a row is still that of the
// guest it was made for, in the tenant it was made in.
type RowKey struct {
	Origin

	// Address and Fingerprint are those of the row as it was sent.
	Address     string
	Fingerprint uint64
	// Link is the checksum of the row's link, "" in results of an earlier version: a
	// column that was sorted by itself has the links of others.
	Link string
}

// Origin says where results come from.
type Origin struct {
	// Tenant is the tenant's id, "" where the sign-in did not tell.
	Tenant string
	// Batch is what a database calls the batch whose journal it has, "" for a file: a copy of
	// the results knows by it that there is such a journal.
	Batch string
}

// noTenant is written for a tenant that is not known.
const noTenant = "-"

const (
	// linkMark is before the checksum of the link, behind an address, which has no space.
	linkMark = " ="
	// batchMark is before the name of a batch in a database, which is last and escaped.
	batchMark = " @"
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
	if k.Batch != "" {
		link += batchMark + url.PathEscape(k.Batch)
	}
	return fmt.Sprintf("%s %016x %s%s", tenant, k.Fingerprint, k.Address, link)
}

// ParseRowKey reads a key; it reports false for any other text.
func ParseRowKey(text string) (RowKey, bool) {
	tenant, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	sum, address, ok := strings.Cut(rest, " ")
	address, name, _ := strings.Cut(address, batchMark)
	address, link, _ := strings.Cut(address, linkMark)
	fingerprint, err := strconv.ParseUint(sum, 16, 64)
	name, errName := url.PathUnescape(name)
	if !ok || err != nil || errName != nil || tenant == "" || address == "" {
		return RowKey{}, false
	}
	if tenant == noTenant {
		tenant = ""
	}
	return RowKey{Origin: Origin{tenant, name}, Address: address, Fingerprint: fingerprint, Link: link}, true
}
