package auth

import (
	"cmp"
	"strings"

	"guestlist/internal/secret"
)

// The variables that azidentity's tools agree on.
const (
	tenantVariable      = "AZURE_TENANT_ID"
	clientVariable      = "AZURE_CLIENT_ID"
	secretVariable      = "AZURE_CLIENT_SECRET" //nolint:gosec // a name, not a secret
	certificateVariable = "AZURE_CLIENT_CERTIFICATE_PATH"
	passwordVariable    = "AZURE_CLIENT_CERTIFICATE_PASSWORD" //nolint:gosec // a name, not a secret
	chainVariable       = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"
	federatedVariable   = "AZURE_FEDERATED_TOKEN_FILE"
)

// SecretVariables are the variables that hold what nobody else may see. Secrets have no
// flags: those show in the list of processes.
func SecretVariables() []string { return []string{secretVariable, passwordVariable, TokenVariable} }

// settings is what flags and environment say about signing in.
type settings struct {
	tenant, client  string
	secret          secret.Text
	certificate     string
	password        secret.Text
	sendChain       bool
	federated       string
	gitHubURL       string
	gitHubToken     secret.Text
	accessToken     secret.Text
	endpointSecrets []secret.Text
}

func readSettings(cfg *Config) settings {
	get := func(name string) string { return strings.TrimSpace(cfg.Getenv(name)) }
	return settings{
		tenant:      cmp.Or(strings.TrimSpace(cfg.TenantID), get(tenantVariable)),
		client:      cmp.Or(strings.TrimSpace(cfg.ClientID), get(clientVariable)),
		secret:      secret.New(get(secretVariable)),
		certificate: get(certificateVariable),
		password:    secret.New(cfg.Getenv(passwordVariable)),
		sendChain:   isTrue(get(chainVariable)),
		federated:   get(federatedVariable),
		gitHubURL:   get(gitHubURLVariable),
		gitHubToken: secret.New(get(gitHubTokenVariable)),
		accessToken: secret.New(cfg.Getenv(TokenVariable)),
		// Managed identity endpoints outside of virtual machines ask for these.
		endpointSecrets: []secret.Text{secret.New(get("IDENTITY_HEADER")), secret.New(get("MSI_SECRET"))},
	}
}

// isTrue reads a variable the way azidentity does.
func isTrue(text string) bool { return text == "1" || strings.EqualFold(text, "true") }

// chosen is the mode that the environment asks for, "" for none. Where it asks for
// one, no other is tried: another identity could be the wrong one to invite.
func (s *settings) chosen() Mode {
	switch {
	case !s.secret.IsZero():
		return ModeClientSecret
	case s.certificate != "":
		return ModeClientCertificate
	case s.federated != "", s.onGitHub() && s.tenant != "" && s.client != "":
		return ModeWorkloadIdentity
	default:
		return ""
	}
}

// check refuses settings that cannot work before anything is sent.
func (s *settings) check(mode Mode) error {
	if !s.secret.IsZero() && s.certificate != "" && mode.takesApp() {
		return &ConflictError{Variables: []string{secretVariable, certificateVariable}}
	}
	if s.tenant != "" && strings.ContainsFunc(s.tenant, notInTenant) {
		return &TenantError{ID: s.tenant}
	}
	var missing []string
	for _, name := range mode.needs() {
		if s.lacks(name) {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return &MissingError{Mode: mode, Variables: missing}
	}
	return nil
}

func (s *settings) lacks(name string) bool {
	switch name {
	case tenantVariable:
		return s.tenant == ""
	case clientVariable:
		return s.client == ""
	case secretVariable:
		return s.secret.IsZero()
	case certificateVariable:
		return s.certificate == ""
	default:
		return s.federated == "" && !s.onGitHub()
	}
}

// onGitHub reports whether GitHub Actions gives the job a federated token.
func (s *settings) onGitHub() bool { return s.gitHubURL != "" && !s.gitHubToken.IsZero() }

// notInTenant finds characters that neither a tenant's id nor its domain has.
func notInTenant(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '.' && r != '-'
}

func (s *settings) cleaner() cleaner {
	return cleaner{append([]secret.Text{s.secret, s.password, s.accessToken, s.gitHubToken}, s.endpointSecrets...)}
}
