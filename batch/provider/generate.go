//go:build ignore

// Generate makes consumer.txt and disposable.txt from npm packages: go generate
// in this folder. It needs npm. See README.md for where the data comes from.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// source is one list in an npm package.
type source struct{ pack, file, licence string }

var (
	disposable = source{"disposable-email-domains-js@1.26.0", "dist/dict/disposable_email_blocklist.json", "CC0-1.0"}
	// A domain is taken for a consumer provider when two of these name it: each
	// alone has companies and universities among its thousands.
	consumer = []source{
		{"free-email-domains@1.12.6", "domains.json", "MIT, copyright 2017 Kiko Beats"},
		{"email-providers@2.26.0", "all.json", "ISC, copyright 2025 Jannis R"},
		{"freemail@1.7.0", "data/free.txt", "ISC, copyright 2015 Will White"},
	}
)

// added are providers that the lists lack or only one of them has.
var added = strings.Fields(`
	a1.net aon.at chello.at gmx.ch gmx.eu gmx.info gmx.org hey.com hispeed.ch hotmail.ch kabelbw.de kabelmail.de
	live.at magenta.de mailbox.org mailfence.com outlook.at outlook.be outlook.ch outlook.it outlook.nl outlook.pl
	posteo.de posteo.net startmail.com sunrise.ch tuta.com tuta.io tutamail.com tutanota.com tutanota.de
	unitybox.de vodafone.de vodafonemail.de yahoo.ch duck.com aol.de privaterelay.appleid.com
`)

// removed are companies, universities and shops that the lists take for providers.
var removed = strings.Fields(`
	alibaba.com ancestry.com aver.com discovery.com dnsmadeeasy.com example.com example.net example.org name.com
	parrot.com r7.com saudia.com singpost.com space.com swissinfo.org techspot.com test.com test.de unican.es www.com
`)

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatal("generate: ", err)
	}
}

func generate() error {
	throwaway, err := disposable.domains()
	if err != nil {
		return err
	}
	votes := make(map[string]int)
	for _, s := range consumer {
		domains, err := s.domains()
		if err != nil {
			return err
		}
		for domain := range domains {
			votes[domain]++
		}
	}
	private := make(map[string]bool)
	for domain, n := range votes {
		if n >= 2 && !academic(domain) {
			private[domain] = true
		}
	}
	for _, domain := range added {
		private[domain] = true
	}
	for _, domain := range removed {
		delete(private, domain)
	}
	maps.DeleteFunc(private, func(domain string, _ bool) bool { return below(domain, throwaway) })
	for domain := range throwaway {
		if slices.Contains(removed, domain) {
			delete(throwaway, domain)
		}
	}
	return errors.Join(write("disposable.txt", throwaway, disposable), write("consumer.txt", private, consumer...))
}

// below reports whether a domain or one above it is among others.
func below(domain string, others map[string]bool) bool {
	for more := true; more; _, domain, more = strings.Cut(domain, ".") {
		if others[domain] {
			return true
		}
	}
	return false
}

// academic reports whether a domain is a school's by its name.
func academic(domain string) bool {
	return strings.HasSuffix(domain, ".edu") || strings.Contains(domain, ".edu.") || strings.Contains(domain, ".ac.")
}

// domains downloads a package and reads its list. What is no domain is left out.
func (s source) domains() (map[string]bool, error) {
	content, err := s.content()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.pack, err)
	}
	var lines []string
	if strings.HasSuffix(s.file, ".json") {
		if err := json.Unmarshal(content, &lines); err != nil {
			return nil, fmt.Errorf("%s: %w", s.pack, err)
		}
	} else {
		lines = strings.Fields(string(content))
	}
	domains := make(map[string]bool)
	for _, line := range lines {
		domain, err := idna.Registration.ToASCII(strings.ToLower(strings.TrimSpace(line)))
		if err == nil && strings.Contains(domain, ".") {
			domains[domain] = true
		}
	}
	return domains, nil
}

func (s source) content() ([]byte, error) {
	folder, err := os.MkdirTemp("", "provider")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	cmd := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, s.pack)
	cmd.Stderr = os.Stderr
	name, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	packed, err := os.ReadFile(filepath.Join(folder, string(bytes.TrimSpace(name))))
	if err != nil {
		return nil, err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(unzipped); ; {
		entry, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.file, err)
		}
		if entry.Name == "package/"+s.file {
			return io.ReadAll(archive)
		}
	}
}

func write(name string, domains map[string]bool, sources ...source) error {
	var text strings.Builder
	text.WriteString("# Made by generate.go from npm packages, see README.md:\n")
	for _, s := range sources {
		fmt.Fprintf(&text, "# %s (%s)\n", s.pack, s.licence)
	}
	for _, domain := range slices.Sorted(maps.Keys(domains)) {
		text.WriteString(domain + "\n")
	}
	return os.WriteFile(name, []byte(text.String()), 0o644)
}
