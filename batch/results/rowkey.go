package results

import (
	"fmt"
	"strconv"
	"strings"
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
}

// noTenant is written for a tenant that is not known.
const noTenant = "-"

// String gives the form that [ParseRowKey] reads.
func (k RowKey) String() string {
	tenant := k.Tenant
	if tenant == "" {
		tenant = noTenant
	}
	return fmt.Sprintf("%s %016x %s", tenant, k.Fingerprint, k.Address)
}

// ParseRowKey reads a key; it reports false for any other text.
func ParseRowKey(text string) (RowKey, bool) {
	tenant, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	sum, address, ok := strings.Cut(rest, " ")
	fingerprint, err := strconv.ParseUint(sum, 16, 64)
	if !ok || err != nil || tenant == "" || address == "" {
		return RowKey{}, false
	}
	if tenant == noTenant {
		tenant = ""
	}
	return RowKey{Tenant: tenant, Address: address, Fingerprint: fingerprint}, true
}
