// Package handoff splits results into packs, one for each value of a column of
// the list: each account manager gets a workbook, a draft mail and texts to
// paste into a chat, with their own guests in them and nobody else's.
//
// [Write] makes a whole folder or none. Beside the packs it holds index.xlsx,
// which says what went where, and handoff.json, which remembers who was handed
// which link, so that the next hand-off can leave them out. Files are readable
// by their owner only: a redeem URL is as good as an invitation.
package handoff
