package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
)

// imdsURL is the identity service of a virtual machine
// (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
// It is on the same host, so imdsWait is long enough for its first answer.
const (
	imdsURL  = "http://169.254.169.254/metadata/identity/oauth2/token"
	imdsWait = time.Second
)

// managed is the identity of the machine. Without one azidentity would ask for
// minutes, so the machine is probed first.
type managed struct {
	*credential
	http   *http.Client
	probed bool
}

func (m *managed) get(ctx context.Context) (token, error) {
	if err := m.probe(ctx); err != nil {
		return token{}, err
	}
	return m.credential.get(ctx)
}

// probe sends a request that lacks the header Metadata. Azure's service answers
// 400; other clouds' services and proxies at that address answer otherwise.
func (m *managed) probe(ctx context.Context) error {
	source, err := managedidentity.GetSource()
	if m.probed || err != nil || source != managedidentity.DefaultToIMDS {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, imdsWait)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, imdsURL, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := m.http.Do(req)
	if err == nil {
		_ = resp.Body.Close()
		m.probed = resp.StatusCode == http.StatusBadRequest
	}
	if !m.probed {
		return &UnavailableError{Mode: ModeManagedIdentity, Reason: "this machine has none"}
	}
	return nil
}
