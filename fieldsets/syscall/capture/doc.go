// Package capture reads system call events from captures, the .scap files that Falco and
// sysdig write. It needs neither Falco nor a kernel, and works on every operating system:
//
//	file, err := os.Open("attack.scap")
//	r, err := capture.NewReader(file, &fieldsets.Stream{})
//	for {
//		ev, err := r.Next()
//		if errors.Is(err, io.EOF) {
//			break
//		}
//		matches := matcher.Match(ev)
//	}
//
// Rules that are to match the events must be loaded for the source of [NewSource]. Package
// events reads captures like other files.
//
// A capture has the state of the machine at its start and the events since then. The reader
// follows the processes, file descriptors, users and containers through the events, as Falco
// does, so that all fields have the values that they have in a replay by Falco. What Falco
// takes from the machine on which it replays a capture has no value here: users and groups that
// the capture does not have, and the names of hosts.
//
// How the parts fit: package internal/scap reads the blocks of the file, internal/convert turns
// the events of old captures into those of today, internal/state follows the state, and this
// package reads the values of fields from the event and the state when rules ask for them.
// Package internal/table describes all events.
package capture
