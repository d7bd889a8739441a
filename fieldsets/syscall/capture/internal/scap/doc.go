// Package scap reads capture files: the blocks of a .scap file, one item at a time.
//
//	r, err := scap.NewReader(file)
//	for err == nil {
//		var kind scap.Kind
//		if kind, err = r.Next(); kind == scap.EventItem {
//			use(&r.Event)
//		}
//	}
//
// A capture is a pcapng file with blocks of its own: the state of the machine (processes,
// file descriptors, network interfaces, users and groups), then events. Captures can be
// concatenated, compressed with gzip, and cut off anywhere. The format is that of
// scap_savefile.h in the Falco libs; all versions of its blocks can be read.
//
// The reader uses a fixed buffer. What it returns refers to that buffer and is valid only
// until the following call of Next.
package scap
