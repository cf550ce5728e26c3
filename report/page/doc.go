// Package page makes the results page: one HTML file that shows a run to people
// who have a browser and nothing else.
//
// The page asks nobody for anything: style, scripts and rows are in the file, and
// its Content-Security-Policy forbids everything that is not. Rows travel as
// data; only text nodes are ever made of them.
package page
