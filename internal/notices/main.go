// Command notices prints the licences of everything that is linked into guestlist, on
// any of its platforms:
//
//	go run ./internal/notices >THIRD_PARTY_NOTICES
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is a module as go list describes it.
type module struct {
	Path    string `json:"Path"`
	Version string `json:"Version"`
	Dir     string `json:"Dir"`
	Main    bool   `json:"Main"`
}

// platforms are those that the gate builds for: each links other modules.
var platforms = []string{"linux", "windows", "darwin"}

// licenceFile finds the files with licences and notices in the folder of a module.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents)([-._].*)?$`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	out := bufio.NewWriter(os.Stdout)
	if err := errors.Join(write(ctx, out), out.Flush()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
	stop()
}

// write writes all licences, module by module.
func write(ctx context.Context, w io.Writer) error {
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	modules = append([]module{{Path: "Go and its standard library", Dir: strings.TrimSpace(string(root))}}, modules...)
	_, _ = io.WriteString(w, "guestlist is made with the following software. This file is written by: go run ./internal/notices\n")
	for _, m := range modules {
		if err := writeModule(w, m); err != nil {
			return err
		}
	}
	return nil
}

// linked are the modules of other people that the program links, by their path.
func linked(ctx context.Context) ([]module, error) {
	found := make(map[string]module)
	for _, platform := range platforms {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", ".")
		cmd.Env = append(os.Environ(), "GOOS="+platform, "GOARCH=amd64", "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for packages := json.NewDecoder(strings.NewReader(string(out))); packages.More(); {
			var p struct {
				Module *module `json:"Module"`
			}
			if err := packages.Decode(&p); err != nil {
				return nil, fmt.Errorf("go list: %w", err)
			}
			if p.Module != nil && !p.Module.Main {
				found[p.Module.Path] = *p.Module
			}
		}
	}
	var modules []module
	for _, m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return modules, nil
}

// writeModule writes what a module says of its licence. One that says nothing is an
// error: nobody may pass it on.
func writeModule(w io.Writer, m module) error {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	none := true
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		none = false
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		title := strings.Join(strings.Fields(m.Path+" "+m.Version), " ") + ", " + e.Name()
		_, _ = fmt.Fprintf(w, "\n%s\n%s\n%[1]s\n\n", strings.Repeat("=", 80), title)
		for line := range strings.Lines(strings.Trim(string(text), "\r\n")) {
			_, _ = io.WriteString(w, strings.TrimRight(line, " \t\r\n")+"\n")
		}
	}
	if none {
		return fmt.Errorf("%s %s has no licence in %s", m.Path, m.Version, m.Dir)
	}
	return nil
}
