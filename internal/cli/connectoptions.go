package cli

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"guestlist/graph"
	"guestlist/graph/auth"
)

// connectOptions say which tenant to talk to and as whom. They are shared by
// all commands that sign in.
type connectOptions struct {
	sandbox  bool
	graphURL string
	auth     string
	tenantID string
	clientID string
	cloud    string
	timeout  time.Duration
}

func (o *connectOptions) register(f *pflag.FlagSet) {
	f.BoolVar(&o.sandbox, "sandbox", false, "talk to a simulated tenant: nobody is invited")
	f.StringVar(&o.graphURL, "graph-url", "", "another Graph root `URL`, e.g. http://127.0.0.1:8080/v1.0")
	f.StringVar(&o.cloud, "cloud", "public", "Microsoft's cloud, its `NAME`: public, usgov, usgovdod, china")
	f.StringVar(&o.auth, "auth", string(auth.ModeDefault), "how to sign in, a `MODE`: "+modeNames())
	f.StringVar(&o.tenantID, "tenant-id", "", "tenant `ID` (default: AZURE_TENANT_ID)")
	f.StringVar(&o.clientID, "client-id", "", "application `ID` (default: AZURE_CLIENT_ID)")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "for each request")
}

func modeNames() string {
	names := make([]string, 0, len(auth.Modes()))
	for _, m := range auth.Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// graphRoot is where requests go: --graph-url, or the cloud's own.
func (o *connectOptions) graphRoot() string {
	cloud, err := graph.ParseCloud(o.cloud)
	if o.graphURL != "" || err != nil { // the sign-in has told what is wrong with the cloud
		return o.graphURL
	}
	return cloud.GraphURL
}

// check finds what is wrong with the flags themselves.
func (o *connectOptions) check() error {
	if o.timeout < time.Second {
		return usagef("a request that is given up may have been carried out", "--timeout %v: give at least 1s", o.timeout)
	}
	return nil
}
