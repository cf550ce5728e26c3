package auth

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/pkg/browser"
)

// builder makes the methods of signing in from flags and environment.
type builder struct {
	cfg  Config
	set  settings
	last lastError
	// direct goes through no proxy: the identity of a machine is asked for on it.
	direct *http.Client
}

// method makes the method of a mode. Nothing is sent yet.
func (b *builder) method(mode Mode) (method, error) {
	if mode == ModeToken {
		text, err := usable(b.set.accessToken)
		if err == nil {
			err = b.checkToken(ReadClaims(text))
		}
		return readyMade{token{text: text}}, err
	}
	build, err := b.build(mode)
	if err != nil {
		return nil, err
	}
	c := &credential{
		scope: b.cfg.Cloud.Scope(), build: build,
		report:    reporter{mode: mode, clean: b.set.cleaner(), last: &b.last},
		remembers: mode == ModeManagedIdentity || mode == ModeDeviceCode || mode == ModeBrowser,
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if mode == ModeManagedIdentity {
		return &managed{credential: c, http: b.direct}, nil
	}
	return c, nil
}

// build returns what makes the credential of a mode.
func (b *builder) build(mode Mode) (func() (azcore.TokenCredential, error), error) {
	switch mode {
	case ModeClientSecret:
		return b.secret, nil
	case ModeClientCertificate:
		return b.certificate()
	case ModeWorkloadIdentity:
		if b.set.federated == "" {
			return b.gitHub, nil
		}
		return b.workload, checkReadable(b.set.federated)
	case ModeManagedIdentity:
		return b.managed, nil
	case ModeAzureCLI:
		return b.azureCLI, nil
	case ModeDeviceCode:
		if b.cfg.Prompt == nil {
			return nil, errNoPrompt
		}
		return b.deviceCode, nil
	case ModeBrowser:
		return b.browser, nil
	case ModeDefault, ModeToken: // the one is made of others, the other of none
	}
	return nil, &ModeError{Name: string(mode)}
}

// discover returns a session that tries what the machine may offer.
func (b *builder) discover() (*Session, error) {
	machine, err := b.method(ModeManagedIdentity)
	if err != nil {
		return nil, err
	}
	cli, err := b.method(ModeAzureCLI)
	if err != nil {
		return nil, err
	}
	return newSession(machine, cli), nil
}

func (b *builder) options() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: b.cfg.Cloud.Authority},
		Transport: b.cfg.HTTP, PerCallPolicies: []policy.Policy{&b.last},
		Retry: policy.RetryOptions{ShouldRetry: mayPass},
	}
}

// mayPass reports whether a request is worth repeating: after a fault of the service,
// not where it cannot be reached, which people should be told at once.
func mayPass(resp *http.Response, err error) bool {
	return err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout ||
		resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented)
}

func (b *builder) secret() (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(b.set.tenant, b.set.client, b.set.secret.Reveal(),
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
		})
}

// certificate reads the file at once, so that a bad one is found before
// anything is sent.
func (b *builder) certificate() (func() (azcore.TokenCredential, error), error) {
	chain, key, err := readCertificate(b.set.certificate, b.set.password)
	if err != nil {
		return nil, err
	}
	return func() (azcore.TokenCredential, error) {
		return azidentity.NewClientCertificateCredential(b.set.tenant, b.set.client, chain, key,
			&azidentity.ClientCertificateCredentialOptions{
				ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
				SendCertificateChain: b.set.sendChain,
			})
	}, nil
}

func (b *builder) workload() (azcore.TokenCredential, error) {
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
		TenantID: b.set.tenant, ClientID: b.set.client, TokenFilePath: b.set.federated,
	})
}

func (b *builder) managed() (azcore.TokenCredential, error) {
	opts := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: b.options()}
	opts.Transport = b.direct
	opts.Retry = policy.RetryOptions{} // the machine's own service starts slowly
	if b.set.client != "" {
		opts.ID = azidentity.ClientID(b.set.client)
	}
	return azidentity.NewManagedIdentityCredential(opts)
}

func (b *builder) azureCLI() (azcore.TokenCredential, error) {
	return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: b.set.tenant})
}

func (b *builder) deviceCode() (azcore.TokenCredential, error) {
	clean := b.set.cleaner()
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
		TenantID: b.set.tenant, ClientID: b.set.client,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			b.cfg.Prompt(clean.text(m.Message))
			return nil
		},
	})
}

func (b *builder) browser() (azcore.TokenCredential, error) {
	browser.Stdout = io.Discard // browsers write there, and our summary is read by programs
	return azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
		ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
		TenantID: b.set.tenant, ClientID: b.set.client,
	})
}

// gitHub trades the token that GitHub Actions gives a job.
func (b *builder) gitHub() (azcore.TokenCredential, error) {
	g := &gitHubToken{
		http: b.cfg.HTTP, url: b.set.gitHubURL, token: b.set.gitHubToken,
		audience: "api://AzureADTokenExchange" + exchangeSuffix[b.cfg.Cloud.Name],
	}
	trade, err := azidentity.NewClientAssertionCredential(b.set.tenant, b.set.client, g.get, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: b.options(), DisableInstanceDiscovery: b.cfg.DisableInstanceDiscovery,
	})
	return &gitHubCredential{trade, g}, err
}

// checkToken refuses a ready-made token that Graph would refuse, as far as it tells.
func (b *builder) checkToken(c Claims) error {
	host := strings.TrimSuffix(b.cfg.Cloud.Scope(), "/.default")
	foreign := c.Audience != "" && c.Audience != graphApp && !strings.EqualFold(strings.TrimRight(c.Audience, "/"), host)
	switch {
	case !c.Expires.IsZero() && !time.Now().Before(c.Expires):
		return &TokenError{Expired: c.Expires}
	case foreign && !b.cfg.AnyAudience:
		return &TokenError{Audience: c.Audience, Want: host}
	default:
		return nil
	}
}

// checkReadable finds a missing federated token before anything is sent.
func checkReadable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &FederatedError{Err: err}
	}
	return f.Close()
}
