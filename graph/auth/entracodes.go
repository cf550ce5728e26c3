package auth

import (
	"cmp"
	"maps"
	"slices"

	"guestlist/graph"
)

// knownCode is what is known about one of Entra's codes.
type knownCode struct{ meaning, advice string }

// entraCodes are Entra's without their prefix AADSTS
// (learn.microsoft.com/entra/identity-platform/reference-error-codes), and OAuth's,
// which are words.
var entraCodes = map[string]knownCode{
	"7000215": {"The client secret is wrong.", secretVariable + " is not accepted: it must hold the secret's value, not its id"},
	"7000222": {"The client secret has expired.", "the client secret has expired: create a new one in the app registration and put its value into " + secretVariable},
	"7000218": {"The app may not sign in without a secret.", "turn on \"Allow public client flows\" under Authentication in the app registration"},
	"7000112": {"The app is disabled in this tenant.", "the app is disabled in this tenant: enable it under Enterprise applications"},
	"7000229": {"The app has no service principal in this tenant.", "an admin of this tenant has to add the app to it: open the app's consent page, or run az ad sp create --id CLIENT-ID; check --tenant-id (" + tenantVariable + "), too"},
	"700016":  {"There is no such app in this tenant.", "there is no such app in this tenant: check --client-id (" + clientVariable + ") and --tenant-id (" + tenantVariable + ")"},
	"700027":  {"The certificate is not the app's.", otherCertificate},
	"700030":  {"The certificate is not the app's.", otherCertificate},
	"700211":  {"The app trusts no such issuer.", noFederation},
	"700212":  {"The app trusts no such audience.", noFederation},
	"700213":  {"The app trusts no such subject.", noFederation},
	"70021":   {"The app trusts no such federated token.", noFederation},
	"700222":  {"A token that Entra issued itself cannot be a federated token.", "a federated credential takes a token of another issuer, such as GitHub's: check what writes " + federatedVariable + ", or sign in with a managed identity"},
	"700024":  {"The federated token has expired or is not valid yet.", "the federated token has expired or is not valid yet: check that the file in " + federatedVariable + " is renewed, and this machine's clock"},
	"70020":   {"The device code has expired.", codeTooLate},
	"70043":   {"A policy has ended the sign-in.", "a policy of the tenant has ended this sign-in: sign in again"},
	"90002":   {"There is no such tenant in this cloud.", noTenant},
	"900023":  {"There is no such tenant in this cloud.", noTenant},
	"900021":  {"There is no such tenant in this cloud.", noTenant},
	"90033":   {"A part of Entra is temporarily unavailable.", "Microsoft's sign-in service has a fault that passes by itself: run the same command again in a few minutes"},
	"900382":  {"The tenant is in another cloud.", wrongCloud},
	"900439":  {"The tenant is in another cloud.", wrongCloud},
	"500011":  {"The tenant does not know Microsoft Graph of this cloud.", wrongCloud},
	"50013":   {"The assertion that proves who signs in is not valid.", "the certificate or federated token is not accepted as it is: check that it is the app's, has not expired, and this machine's clock"},
	"50020":   {"The account is not from this tenant.", "the account is not from this tenant: sign in with an account of the tenant, or name the account's tenant with --tenant-id"},
	"50076":   {"The tenant requires multifactor authentication.", needsPerson},
	"50079":   {"The tenant requires multifactor authentication.", needsPerson},
	"50158":   {"The tenant requires more proof from another service.", needsPerson},
	"50105":   {"The account is not assigned to the app.", "assign the account to the app under Enterprise applications, or sign in with another account"},
	"50196":   {"The same sign-in was asked for too often in a short time.", "wait five minutes and make sure that no script signs in again and again with this app; then run the same command again"},
	"53003":   {"A Conditional Access policy blocks the sign-in.", "a Conditional Access policy of the tenant blocks this sign-in: ask the tenant's admin, or sign in from a managed device"},
	"530035":  {"The security defaults of the tenant block the sign-in.", "the tenant's security defaults block this sign-in, which cannot do multifactor authentication: use --auth browser"},
	"65001":   {"The permission lacks admin consent.", "grant the app User.Invite.All with admin consent"},
	"90094":   {"The permission needs an admin's consent.", "grant the app User.Invite.All with admin consent"},

	"expired_token":          {advice: codeTooLate},
	"authorization_declined": {advice: "the sign-in was declined: run the same command again"},
	"access_denied":          {advice: "the sign-in was declined: run the same command again"},
}

const (
	otherCertificate = "upload the certificate to the app registration; if the app trusts a subject and issuer instead, set " + chainVariable + "=true"
	noFederation     = "add a federated credential to the app registration whose issuer, subject and audience are those of the token in " + federatedVariable + ", or of the GitHub workflow"
	noTenant         = "check --tenant-id (" + tenantVariable + "), and --cloud if the tenant is in another cloud"
	wrongCloud       = "the tenant is in another cloud, or has no Microsoft Graph: check --cloud"
	needsPerson      = "the tenant requires more than this sign-in can do, such as multifactor authentication: use --auth browser or --auth device-code"
	codeTooLate      = "the code was not entered in time: run the same command again"
)

// Codes returns what is known about the codes with which Entra refuses a sign-in,
// AADSTS and a number.
func Codes() []graph.Entry {
	var all []graph.Entry
	for _, code := range slices.SortedFunc(maps.Keys(entraCodes), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}) {
		if known := entraCodes[code]; known.meaning != "" {
			all = append(all, graph.Entry{
				Name: "AADSTS" + code, Codes: []string{code}, Scope: graph.ScopeTenant, Retry: graph.RetryLater, Access: true,
				Meaning: known.meaning, Advice: sentence(known.advice),
				Source: "learn.microsoft.com/entra/identity-platform/reference-error-codes",
			})
		}
	}
	return all
}

// sentence makes a sentence of a hint. One that begins with the name of a variable or
// a command keeps its beginning.
func sentence(hint string) string {
	if hint[0] >= 'a' && hint[0] <= 'z' {
		hint = string(hint[0]-'a'+'A') + hint[1:]
	}
	return hint + "."
}
