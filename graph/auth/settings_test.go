package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestSettingsThatCannotWork(t *testing.T) {
	for _, test := range []struct {
		mode Mode
		env  map[string]string
		want string
	}{
		{ModeClientSecret, nil, "client-secret: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET missing"},
		{ModeClientSecret, map[string]string{tenantVariable: "t", secretVariable: appSecret}, "client-secret: AZURE_CLIENT_ID missing"},
		{ModeDefault, map[string]string{clientVariable: "c", secretVariable: appSecret}, "client-secret: AZURE_TENANT_ID missing"},
		{ModeClientCertificate, map[string]string{tenantVariable: "t", clientVariable: "c"}, "client-certificate: AZURE_CLIENT_CERTIFICATE_PATH missing"},
		{ModeWorkloadIdentity, map[string]string{tenantVariable: "t", clientVariable: "c"}, "workload-identity: AZURE_FEDERATED_TOKEN_FILE missing"},
	} {
		_, err := SignIn(newAuthority(t).config(test.mode, test.env))
		var missing *MissingError
		if !errors.As(err, &missing) || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
			continue
		}
		for _, name := range missing.Variables {
			if !strings.Contains(missing.Hint(), name) {
				t.Errorf("hint %q lacks %s", missing.Hint(), name)
			}
		}
	}
}

func TestSecretAndCertificateAreRefused(t *testing.T) {
	env := secretEnv()
	env[certificateVariable] = "app.pem"
	for _, mode := range []Mode{ModeDefault, ModeClientSecret, ModeClientCertificate} {
		_, err := SignIn(newAuthority(t).config(mode, env))
		var both *ConflictError
		if !errors.As(err, &both) || err.Error() != "AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH are both set" || both.Hint() == "" {
			t.Errorf("%s: got %v", mode, err)
		}
	}
}
