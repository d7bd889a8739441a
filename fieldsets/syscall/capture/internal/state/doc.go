// Package state follows the processes, file descriptors, users and containers of a machine
// through the events of a capture, as the Falco libs do.
//
// A State is filled with the lists at the start of a capture; then Apply changes it with each
// event and says which thread and which file descriptor the event is about. What happens at
// the end of an event, such as the removal of a closed file descriptor, is done when the next
// one begins, so that rules still see it.
//
// Where the Falco libs ask the machine that they run on, for example for the name of a user
// that the capture does not know, there is no answer.
package state
