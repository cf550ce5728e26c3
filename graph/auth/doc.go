// Package auth gets the bearer tokens that Graph wants: nine ways of signing
// in, all but one through azidentity.
//
// A [Session] hands out one token to any number of workers and renews it before
// it ends. Nothing is written to disk: whoever signs in by hand does so once in
// each run.
//
// Secrets come from the environment, by the standard AZURE_* names. The cloud
// decides where they are sent; AZURE_AUTHORITY_HOST is not read.
package auth
