// Package selection says which rows of a list are meant: --rows by their numbers,
// --where by what their cells say.
package selection
