//go:build unix && !darwin

package main

// maxrssUnit is what the system counts resident memory in, in bytes.
const maxrssUnit = 1 << 10
