// Package snapshot keeps the lists that an upstream has sent, so that a walk through one
// reads the upstream once, and each page of it costs as much as the page, however deep it
// lies.
//
// A snapshot is the decoded body of one answer of an upstream, byte for byte, in a [Store],
// and an index of where its items are. It belongs to a [Key], which stands for everything
// of a request that the answer could depend on; the package does not know what that is, nor
// anything of HTTP. A [Manager] has the snapshots of a process:
//
//   - [Manager.Open] joins a snapshot, or begins one: then the upstream is read in a
//     goroutine of its own, through a [Recorder], by a function of the caller's.
//   - A [Snapshot] is what one user has of it. It is used while it is being read: Await
//     waits for as many items as are wanted, and Window gives them as a body with fewer
//     items, one that an upstream might have sent which pages by itself.
//
// The rest is about when snapshots end: when they have not been used for a while, are too
// old or too large, when there is no room for all of them, when the upstream or the store
// fails. Whoever uses one that has ended in such a way is told by an error, and
// [FallsBack] tells whether the upstream may still be asked directly.
package snapshot
