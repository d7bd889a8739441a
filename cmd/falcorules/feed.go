package main

import (
	"bufio"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/fieldsets"
)

// feed reads events and writes what comes of them, until the inputs end or
// the command is interrupted.
type feed struct {
	cmd    *cobra.Command
	events *eventReader
	out    *bufio.Writer

	// mu is held while an event is dealt with, and not while input is waited
	// for. Once closed is set nothing more is dealt with.
	mu     sync.Mutex
	closed bool
}

func newFeed(cmd *cobra.Command, flags *sourceFlags, sources *eventSources) *feed {
	s := &feed{cmd: cmd}
	s.events = &eventReader{flags: flags, sources: sources, stdin: cmd.InOrStdin(), mu: &s.mu}
	return s
}

// run calls visit for each event, and end, which may be nil, when there are no
// more; both write to s.out. An interrupt counts as the end of the inputs.
func (s *feed) run(inputs []string, visit func(*fieldsets.Event) error, end func(io.Writer)) error {
	if err := refuseOwnOutput(s.cmd.OutOrStdout(), inputs); err != nil {
		return err
	}
	show := startProgress(s.cmd.ErrOrStderr(), s.events.read.Load)
	s.out = bufio.NewWriterSize(show.under(s.cmd.OutOrStdout()), 64<<10)
	s.events.stderr = show.under(s.cmd.ErrOrStderr())
	s.events.beforeRead = s.flush

	done := make(chan error, 1)
	go func() {
		done <- s.events.each(inputs, func(ev *fieldsets.Event) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closed {
				return errClosed
			}
			return visit(ev)
		})
	}()
	var err error
	select {
	case err = <-done:
	case <-s.cmd.Context().Done():
	}
	// The reader may still wait for input; it finds the feed closed.
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	show.finish()
	if err != nil {
		return err
	}
	if end != nil {
		end(s.out)
	}
	if err := s.out.Flush(); err != nil {
		return writeError(err)
	}
	return s.events.result()
}

// errClosed ends the reading of a feed that is over; nobody sees it.
var errClosed = &exitError{status: exitOK}

// flush writes out what there is before input is waited for.
func (s *feed) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if err := s.out.Flush(); err != nil {
		return writeError(err)
	}
	return nil
}

func writeError(err error) error { return callError("writing the results: %v", err) }
