package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/falcorules/falcorules/serve"
)

// ProgramOptions are the options of [Program].
type ProgramOptions struct {
	// Command is a command line for sh, as in Falco.
	Command string
	// KeepAlive starts the program once and writes all alerts to it. Otherwise it is
	// started for each alert.
	KeepAlive bool
	Format    serve.Format
	// Timeout limits how long the program may take for an alert, by default a minute. It
	// is then killed.
	Timeout time.Duration
}

const defaultProgramTimeout = time.Minute

// Program returns an output that writes lines to the standard input of a program. With
// KeepAlive, an alert counts as written when it is in the pipe; without it, when the program
// has ended with status 0.
func Program(o ProgramOptions) serve.Output {
	if o.Timeout <= 0 {
		o.Timeout = defaultProgramTimeout
	}
	return &program{options: o}
}

type program struct {
	options ProgramOptions
	// With KeepAlive, the running program. It is nil if none is running.
	cmd   *exec.Cmd
	stdin io.WriteCloser
	buf   []byte
}

// Write implements [serve.Output]. It writes one alert.
func (p *program) Write(ctx context.Context, alerts []*serve.Alert) (int, error) {
	write := p.run
	if p.options.KeepAlive {
		write = p.pipe
	}
	p.buf = append(append(p.buf[:0], alerts[0].Line(p.options.Format)...), '\n')
	if err := write(ctx, p.buf); err != nil {
		return 0, fmt.Errorf("program %q: %w", p.options.Command, err)
	}
	return 1, nil
}

// run starts the program for one line.
func (p *program) run(ctx context.Context, line []byte) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", p.options.Command)
	cmd.Stdin = bytes.NewReader(line)
	cmd.WaitDelay = time.Second // for children that keep the pipe open
	return cmd.Run()
}

// pipe writes a line to the running program.
func (p *program) pipe(ctx context.Context, line []byte) error {
	if p.cmd == nil {
		if err := p.start(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	process, stdin := p.cmd.Process, p.stdin
	stop := context.AfterFunc(ctx, func() {
		_ = process.Kill()
		_ = stdin.Close() // ends the write even if a child of the program keeps the pipe open
	})
	_, err := p.stdin.Write(line)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(err, p.Close())
	}
	return nil
}

func (p *program) start() error {
	cmd := exec.Command("sh", "-c", p.options.Command)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.stdin = cmd, stdin
	return nil
}

// Format implements [serve.Output].
func (p *program) Format() serve.Format { return p.options.Format }

// Close implements [serve.Output]. It waits for the program, which sees the end of its
// standard input, and kills it if it does not end.
func (p *program) Close() error {
	if p.cmd == nil {
		return nil
	}
	cmd := p.cmd
	p.cmd = nil
	_ = p.stdin.Close() // the program may have ended
	const patience = 5 * time.Second
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait()
}
