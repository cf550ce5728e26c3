package auth

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"guestlist/internal/need"
)

// A server with an untrusted certificate must not get a secret.
func TestUnknownAuthorityGetsNothing(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.HTTP = nil
	ctx := policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: -1})
	_, err := signIn(t, cfg).Token(ctx)
	var failed *FailedError
	if !errors.As(err, &failed) || failed.Status != 0 || !strings.Contains(err.Error(), "the certificate is signed by an authority") || !strings.Contains(failed.Hint(), "CA") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "aka.ms") || len(a.exchanges()) != 0 {
		t.Errorf("%d exchanges, %v", len(a.exchanges()), err)
	}
}

func TestRedirectGetsNoSecret(t *testing.T) {
	thief, a := newAuthority(t), newAuthority(t)
	honest := a.Config.Handler
	a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		honest.ServeHTTP(w, r)
	})
	cfg := a.config(ModeClientSecret, secretEnv())
	cfg.HTTP = newClient()
	cfg.HTTP.Transport = a.Client().Transport // trusts both
	if _, err := signIn(t, cfg).Token(t.Context()); !errors.As(err, new(*FailedError)) {
		t.Errorf("got %v", err)
	}
	if n := len(thief.exchanges()); n != 0 {
		t.Errorf("%d secrets at the wrong place", n)
	}
}

func TestOtherFaultsBeforeAnythingIsSent(t *testing.T) {
	a := newAuthority(t)
	cfg := a.config(ModeDeviceCode, nil)
	cfg.TenantID = "contoso/../evil"
	if _, err := SignIn(cfg); !errors.As(err, new(*TenantError)) {
		t.Errorf("tenant: got %v", err)
	}
	_, err := SignIn(a.config(ModeWorkloadIdentity, map[string]string{tenantVariable: "t", clientVariable: "c", federatedVariable: "gone"}))
	var gone *FederatedError
	if !errors.As(err, &gone) || !strings.Contains(gone.Hint(), federatedVariable) {
		t.Errorf("federated: got %v", err)
	}
	if _, err := SignIn(a.config("kerberos", nil)); !errors.As(err, new(*ModeError)) {
		t.Errorf("mode: got %v", err)
	}
}

// Whoever cannot reach the sign-in service is told within five seconds, whatever keeps
// them from it.
func TestUnreachableAuthorityIsSaidSoon(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, test := range map[string]struct{ authority, want string }{
		"silent":  {"https://" + silent.Addr().String(), "the sign-in service 127.0.0.1 cannot be reached: no connection within 4 seconds"},
		"closed":  {"https://" + closed.Addr().String(), "the sign-in service 127.0.0.1 cannot be reached: 127.0.0.1:"},
		"no name": {"https://login.invalid", "the sign-in service login.invalid cannot be reached: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "silent" {
				need.Time(t, "waiting 4 s for a connection")
			}
			cfg := newAuthority(t).config(ModeClientSecret, secretEnv())
			cfg.Cloud.Authority, cfg.HTTP = test.authority, nil
			begun := time.Now()
			_, err := signIn(t, cfg).Token(t.Context())
			var failed *FailedError
			if !errors.As(err, &failed) || !failed.Unreachable || !strings.Contains(err.Error(), test.want) || !strings.Contains(failed.Hint(), "HTTPS_PROXY") {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A service that has a fault is asked again, as before.
func TestFaultOfTheAuthorityIsRepeated(t *testing.T) {
	need.Time(t, "waits for the library that signs in")
	a := newAuthority(t)
	a.reply = func(n int, _ url.Values) (int, string) {
		if n == 1 {
			return http.StatusServiceUnavailable, "{}"
		}
		return http.StatusOK, tokenBody(n, 3600)
	}
	wantToken(t, signIn(t, a.config(ModeClientSecret, secretEnv())), "token-2")
}
