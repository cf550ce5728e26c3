// Package graph talks to Microsoft Graph: it creates invitations, reads users and
// groups, changes both, and turns every answer into a value or a typed error.
//
// Three errors tell what is known about a request that did not succeed:
//
//   - [*Refusal]: Graph answered, and the answer was no (or not now).
//   - [*UnreachableError]: the request never left this machine.
//   - [*NoAnswerError]: the request left and no readable answer came, so it is
//     unknown what happened.
//
// Facts about the service are from Microsoft's documentation of Graph v1.0;
// where they come from public reports instead, the comment says so.
package graph
