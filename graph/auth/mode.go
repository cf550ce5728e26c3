package auth

import (
	"fmt"
	"slices"
	"strings"

	"guestlist/internal/text"
)

// Mode is an authentication method, as --auth names it.
type Mode string

// The authentication methods.
const (
	// ModeDefault uses what it finds: a secret, certificate or federated token
	// that the environment names, else a managed identity, else the Azure CLI.
	ModeDefault Mode = "default"
	// ModeClientSecret signs an app in with AZURE_CLIENT_SECRET.
	ModeClientSecret Mode = "client-secret"
	// ModeClientCertificate signs an app in with the certificate and key in
	// AZURE_CLIENT_CERTIFICATE_PATH.
	ModeClientCertificate Mode = "client-certificate"
	// ModeWorkloadIdentity trades the token in AZURE_FEDERATED_TOKEN_FILE, or that of a
	// job of GitHub Actions.
	ModeWorkloadIdentity Mode = "workload-identity"
	// ModeManagedIdentity asks the Azure machine that the program runs on.
	ModeManagedIdentity Mode = "managed-identity"
	// ModeAzureCLI borrows the sign-in of the program az.
	ModeAzureCLI Mode = "azure-cli"
	// ModeDeviceCode has a person enter a code in any browser.
	ModeDeviceCode Mode = "device-code"
	// ModeBrowser opens a browser on this machine.
	ModeBrowser Mode = "browser"
	// ModeToken uses the token in [TokenVariable] as it is.
	ModeToken Mode = "token"
)

var modes = []Mode{
	ModeDefault, ModeClientSecret, ModeClientCertificate, ModeWorkloadIdentity,
	ModeManagedIdentity, ModeAzureCLI, ModeDeviceCode, ModeBrowser, ModeToken,
}

// Modes returns all modes, the default first.
func Modes() []Mode { return slices.Clone(modes) }

// ParseMode finds a mode by its name. The error is a [*ModeError].
func ParseMode(name string) (Mode, error) {
	if mode := Mode(name); slices.Contains(modes, mode) {
		return mode, nil
	}
	return "", &ModeError{Name: name}
}

// takesApp reports whether the mode may use a secret or a certificate.
func (m Mode) takesApp() bool {
	return m == ModeDefault || m == ModeClientSecret || m == ModeClientCertificate
}

// needs names the variables that a mode cannot do without.
func (m Mode) needs() []string {
	app := []string{tenantVariable, clientVariable}
	switch m { //nolint:exhaustive // the others can do without
	case ModeClientSecret:
		return append(app, secretVariable)
	case ModeClientCertificate:
		return append(app, certificateVariable)
	case ModeWorkloadIdentity:
		return append(app, federatedVariable)
	default:
		return nil
	}
}

// ModeError says that there is no mode of that name.
type ModeError struct {
	// Name is what was given.
	Name string
}

func (e *ModeError) Error() string {
	unknown := fmt.Sprintf("unknown --auth %q", e.Name)
	if likely := e.nearest(); likely != "" {
		unknown += "; did you mean " + likely + "?"
	}
	return unknown
}

// nearest is the mode that was likely meant, "" for none: a name that is spelled
// alike, or the only one that has the word in it, as azure-cli has "cli".
func (e *ModeError) nearest() string {
	names := modeNames()
	if likely := text.Nearest(names, e.Name); likely != "" {
		return likely
	}
	with := slices.DeleteFunc(names, func(name string) bool {
		return !slices.Contains(strings.Split(name, "-"), strings.ToLower(e.Name))
	})
	if len(with) != 1 {
		return ""
	}
	return with[0]
}

// Hint lists the modes.
func (*ModeError) Hint() string {
	return "the authentication methods are " + strings.Join(modeNames(), ", ")
}

func modeNames() []string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = string(m)
	}
	return names
}
