package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"guestlist/internal/secret"
)

// The variables that GitHub Actions sets for a job with the permission id-token: write
// (docs.github.com/actions/reference/security/oidc).
const (
	gitHubURLVariable   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	gitHubTokenVariable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// exchangeSuffix is what the audience of a federated token ends in, by cloud
// (learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations).
var exchangeSuffix = map[string]string{"usgov": "USGov", "usgovdod": "USGov", "china": "China"}

// gitHubCredential tells why GitHub gave no token, which azidentity wraps in words
// about Entra. Its owner makes no two calls at a time.
type gitHubCredential struct {
	azcore.TokenCredential

	source *gitHubToken
}

// GetToken trades a new token of GitHub's.
func (c *gitHubCredential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.source.err = nil
	got, err := c.TokenCredential.GetToken(ctx, options)
	if err != nil && c.source.err != nil {
		return got, c.source.err
	}
	return got, err
}

// gitHubToken asks GitHub who the job is.
type gitHubToken struct {
	http     *http.Client
	url      string
	token    secret.Text
	audience string
	err      error
}

// maxGitHubToken bounds the answer, in bytes.
const maxGitHubToken = 64 << 10

// errGitHubAnswer quotes nothing of an answer, which may hold a token.
var errGitHubAnswer = errors.New("the answer has no token")

// get returns a new token.
func (g *gitHubToken) get(ctx context.Context) (string, error) {
	token, err := g.request(ctx)
	if err != nil {
		g.err = &FederatedError{Err: err, GitHub: true}
	}
	return token, g.err
}

func (g *gitHubToken) request(ctx context.Context) (string, error) {
	at, err := url.Parse(g.url)
	if err != nil || at.Scheme != "https" {
		return "", fmt.Errorf("%s is no https address", gitHubURLVariable)
	}
	query := at.Query()
	query.Set("audience", g.audience)
	at.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return "", errGitHubAnswer
	}
	req.Header.Set("Authorization", "Bearer "+g.token.Reveal())
	req.Header.Set("Accept", "application/json")
	resp, err := g.http.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok { // its URL is the job's own
			err = wrapped.Err
		}
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GitHub answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	var answer struct {
		Value string `json:"value"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxGitHubToken))
	if err != nil || json.Unmarshal(body, &answer) != nil || strings.TrimSpace(answer.Value) == "" {
		return "", errGitHubAnswer
	}
	return answer.Value, nil
}
