package auth

import (
	"fmt"
	"strings"

	"guestlist/graph"
	"guestlist/internal/text"
)

// MissingError says which variables a mode lacks.
type MissingError struct {
	// Mode is the one that was asked for, Variables what it lacks.
	Mode      Mode
	Variables []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: %s missing", e.Mode, strings.Join(e.Variables, ", "))
}

// Hint says how to set them.
func (e *MissingError) Hint() string {
	var flags []string
	for _, name := range e.Variables {
		switch name {
		case tenantVariable:
			flags = append(flags, "--tenant-id")
		case clientVariable:
			flags = append(flags, "--client-id")
		}
	}
	hint := "set " + strings.Join(e.Variables, ", ")
	if flags != nil {
		hint += " (or use " + strings.Join(flags, " and ") + ")"
	}
	return hint + ", or choose another authentication method with --auth"
}

// ConflictError says that the environment names two ways to prove who the app
// is. Picking one silently could invite as the wrong app.
type ConflictError struct {
	// Variables are the two.
	Variables []string
}

func (e *ConflictError) Error() string { return strings.Join(e.Variables, " and ") + " are both set" }

// Hint says to leave one out.
func (e *ConflictError) Hint() string { return "unset one of " + strings.Join(e.Variables, " and ") }

// TenantError says that a tenant id cannot be one.
type TenantError struct{ ID string }

func (e *TenantError) Error() string { return fmt.Sprintf("%q is not a tenant id or domain", e.ID) }

// Hint says what a tenant id looks like.
func (*TenantError) Hint() string {
	return "give --tenant-id or " + tenantVariable + " the tenant's id (a GUID) or one of its domains"
}

// FederatedError says that a federated token cannot be had: its file cannot be read,
// or GitHub Actions gives none.
type FederatedError struct {
	Err error
	// GitHub says that it was asked for at GitHub Actions.
	GitHub bool
}

func (e *FederatedError) Error() string { return "federated token: " + text.Error(e.Err) }

// Unwrap gives the cause.
func (e *FederatedError) Unwrap() error { return e.Err }

// Hint names the variable, or the permission of the job.
func (e *FederatedError) Hint() string {
	if e.GitHub {
		return "the job needs \"permissions: id-token: write\"; see docs.github.com/actions/reference/security/oidc"
	}
	return federatedVariable + " must name a file that can be read"
}

// ClaimsError says that Graph wants a token with claims that the Azure CLI gets only
// from a person.
type ClaimsError struct {
	// Claims are a JSON object.
	Claims string
}

func (*ClaimsError) Error() string {
	return "a policy of the tenant asks for more than the Azure CLI's sign-in has proved"
}

// Hint is the command to run.
func (e *ClaimsError) Hint() string {
	return "run this, then the same command again:\n" + graph.ClaimsCommand(e.Claims)
}

// UnavailableError says that a mode does not exist on this machine.
type UnavailableError struct {
	// Mode is the one that was tried.
	Mode Mode
	// Reason is the rest of a sentence, on one line.
	Reason string
}

func (e *UnavailableError) Error() string { return fmt.Sprintf("%s: %s", e.Mode, e.Reason) }

// Hint says what the mode needs.
func (e *UnavailableError) Hint() string {
	switch e.Mode { //nolint:exhaustive // the other modes need no machine of their own
	case ModeManagedIdentity:
		return "run on an Azure machine that has a managed identity, or choose another authentication method with --auth"
	case ModeAzureCLI:
		return "install the Azure CLI and run az login, or choose another authentication method with --auth"
	default:
		return "choose another authentication method with --auth"
	}
}

// NoneError says that [ModeDefault] found no way to sign in.
type NoneError struct {
	// Tried are the errors of the modes that were tried, in their order.
	Tried []error
}

func (e *NoneError) Error() string {
	texts := []string{"no " + secretVariable + ", " + certificateVariable + " or " + federatedVariable}
	for _, err := range e.Tried {
		texts = append(texts, err.Error())
	}
	return "found no way to sign in: " + strings.Join(texts, "; ")
}

// Unwrap gives the error of each mode.
func (e *NoneError) Unwrap() []error { return e.Tried }

// Hint says what to do for the simplest modes.
func (*NoneError) Hint() string {
	return "run az login, or add --auth device-code, or set " + tenantVariable + ", " + clientVariable + " and " + secretVariable
}
