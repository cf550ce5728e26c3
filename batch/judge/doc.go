// Package judge finds out what a row of a list asks for, and what is wrong with
// it: cells become an invitation, or problems that name their column.
package judge
