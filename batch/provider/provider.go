// Package provider distinguishes the email domains of companies from those of
// providers where anyone can get an address. The lists are embedded as text and
// searched in place, so that a program that never asks pays nothing for them.
//
// No list of this kind is complete or free of mistakes: it is good enough for a
// warning, not for refusing an address.
package provider

import (
	_ "embed" // the lists
	"strings"
)

//go:generate go run generate.go

// Both have one domain a line, in ASCII and lower case, sorted by bytes, after
// some lines that begin with # and so sort before every domain.
var (
	//go:embed consumer.txt
	consumers string
	//go:embed disposable.txt
	disposables string
)

// Kind says what a domain is known as.
type Kind uint8

// The kinds of domains.
const (
	// None: on no list, as a company's domain should be.
	None Kind = iota
	// Consumer: mailboxes of private individuals, such as gmail.com.
	Consumer
	// Disposable: mailboxes that exist for minutes and that anyone can often read.
	Disposable
)

// Of says what a domain is known as. The domain must be in ASCII and lower case.
// Providers of disposable mailboxes give out subdomains, too, so those count as
// their parent; those of consumer providers do not.
func Of(domain string) Kind {
	for parent, ok := domain, true; ok; _, parent, ok = strings.Cut(parent, ".") {
		if listed(disposables, parent) {
			return Disposable
		}
	}
	if listed(consumers, domain) {
		return Consumer
	}
	return None
}

// listed searches sorted lines, each of which ends in a line break, for a line.
func listed(lines, want string) bool {
	for lines != "" {
		start := strings.LastIndexByte(lines[:len(lines)/2], '\n') + 1
		line, after, _ := strings.Cut(lines[start:], "\n")
		switch {
		case line == want:
			return true
		case line < want:
			lines = after
		default:
			lines = lines[:start]
		}
	}
	return false
}
