package auth

// advice is what to do about Entra's codes, without their prefix AADSTS
// (Microsoft's page "Microsoft Entra authentication and authorization error codes"),
// and about OAuth's.
var advice = map[string]string{
	"7000215": secretVariable + " is not accepted: it must be the secret's value, not its id",
	"7000222": "the client secret has expired: create a new one in the app registration and put its value into " + secretVariable,
	"7000218": "turn on \"Allow public client flows\" under Authentication in the app registration",
	"700016":  "there is no such app in this tenant: check --client-id (" + clientVariable + ") and --tenant-id (" + tenantVariable + ")",
	"700027":  "upload the certificate to the app registration; where the app trusts a subject and issuer instead, set " + chainVariable + "=true",
	"700030":  "upload the certificate to the app registration; where the app trusts a subject and issuer instead, set " + chainVariable + "=true",
	"700211":  noFederation,
	"700212":  noFederation,
	"700213":  noFederation,
	"70021":   noFederation,
	"700024":  "the federated token is outside its time: check that " + federatedVariable + " is renewed, and this machine's clock",
	"70020":   codeTooLate,
	"70043":   "the sign-in has ended by a policy of the tenant: sign in again",
	"90002":   noTenant,
	"900023":  noTenant,
	"900021":  noTenant,
	"900382":  wrongCloud,
	"900439":  wrongCloud,
	"500011":  wrongCloud,
	"50020":   "the account is not from this tenant: sign in with an account of the tenant, or name the right one with --tenant-id",
	"50076":   needsPerson,
	"50079":   needsPerson,
	"50158":   needsPerson,
	"50105":   "assign the account to the app under Enterprise applications, or sign in with another account",
	"53003":   "a Conditional Access policy of the tenant forbids this sign-in: ask the tenant's admin, or sign in from a managed device",
	"65001":   "grant the app User.Invite.All with admin consent",
	"90094":   "grant the app User.Invite.All with admin consent",
	"7000112": "the app is disabled in this tenant: enable it under Enterprise applications",

	"expired_token":          codeTooLate,
	"authorization_declined": "the sign-in was declined: run the same command again",
	"access_denied":          "the sign-in was declined: run the same command again",
}

const (
	noFederation = "add a federated credential to the app registration whose issuer, subject and audience are those of the token in " + federatedVariable
	noTenant     = "check --tenant-id (" + tenantVariable + "), and --cloud where the tenant is in another one"
	wrongCloud   = "the tenant is in another cloud, or lacks Microsoft Graph: check --cloud"
	needsPerson  = "the tenant wants more proof than this sign-in can give: use --auth browser or --auth device-code"
	codeTooLate  = "the code was not entered in time: run the same command again"
)
