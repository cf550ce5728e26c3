// Package provider tells companies' mail domains from those of mail providers
// that anybody can have an address at. The lists are embedded and looked up
// where they lie, so that a program that never asks pays nothing for them.
//
// No list of this kind is complete or free of mistakes: it is good for a
// remark, and not for refusing anybody.
package provider

import (
	_ "embed" // the lists
	"strings"
)

//go:generate go run generate.go

// Both hold one domain to a line, in ASCII and lower case, sorted by bytes,
// after a head of lines that begin with # and so sort before every domain.
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
	// Consumer: mailboxes of private persons, such as gmail.com.
	Consumer
	// Disposable: mailboxes that live for minutes and are often open to everybody.
	Disposable
)

// Of says what a domain is known as. It wants the domain in ASCII and lower
// case. Whoever hands out throw-away mailboxes hands out subdomains as well, so
// those count with their parent; of consumer providers they do not.
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

// listed looks a line up in sorted lines, each of which ends in a line break.
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
