package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/falcorules/falcorules/events"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/serve"
)

// Streams are the standard streams of the process.
type Streams struct {
	Stdin  io.Reader
	Stdout io.Writer
}

// watchEvery is how often the rules files are looked at.
const watchEvery = time.Second

// Build opens files and connections, and returns the configuration of a server. The caller
// sets the Hostname and the Location of its Rules.
func (c *Config) Build(s Streams) (serve.Config, error) {
	out := serve.Config{Rules: c.Rules, Webhooks: c.Webhooks, QueueSize: int(c.QueueSize), JournalSize: c.JournalSize, DeadLetters: c.DeadLetters, Operations: c.Operations}
	if c.Watch {
		out.Watch = watchEvery
	}
	if c.State != "" {
		if err := os.MkdirAll(c.State, 0o700); err != nil {
			return out, err
		}
	}
	if c.Journal {
		out.Journal = filepath.Join(c.State, "journal")
	}
	if len(c.Read) > 0 {
		names, err := filesIn(c.Read)
		if err != nil {
			return out, err
		}
		out.Inputs = append(out.Inputs, events.Files(names, events.InputOptions{
			MaxEventSize: c.Rules.MaxEventSize, Wrapped: c.Rules.EventsFrom != k8saudit.NoWrapper, Stdin: s.Stdin,
		}))
	}
	for _, f := range c.Follow {
		in, err := f.open(c.State)
		if err != nil {
			return out, errors.Join(err, closeAll(out))
		}
		out.Inputs = append(out.Inputs, in)
	}
	for _, k := range c.Kafka {
		in, err := k.open()
		if err != nil {
			return out, errors.Join(err, closeAll(out))
		}
		out.Inputs = append(out.Inputs, in)
	}
	outputs, err := c.OpenOutputs(s.Stdout)
	if err != nil {
		return out, errors.Join(err, closeAll(out))
	}
	out.Outputs = outputs
	return out, nil
}

// OpenOutputs opens the outputs. The caller closes them.
func (c *Config) OpenOutputs(stdout io.Writer) (map[string]serve.Output, error) {
	out := map[string]serve.Output{}
	for _, o := range c.Outputs {
		opened, err := o.open(stdout)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("output %s: %w", o.Name, err), closeAll(serve.Config{Outputs: out}))
		}
		out[o.Name] = opened
	}
	return out, nil
}

// filesIn replaces each folder in names with the files in it, oldest first.
func filesIn(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() { // errors are reported when it is read
			files = append(files, name)
			continue
		}
		inside, err := events.FilesByTime(name)
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	return files, nil
}

// open follows the file. Without a folder for the state, it begins anew each time.
func (f Follow) open(state string) (events.Input, error) {
	o := events.FollowOptions{FromStart: f.FromStart}
	if state == "" {
		return events.Follow(f.Path, o), nil
	}
	return serve.Follow(f.Path, state, o)
}

// closeAll closes what Build has opened.
func closeAll(c serve.Config) error {
	var err error
	for _, in := range c.Inputs {
		err = errors.Join(err, in.Close())
	}
	for _, o := range c.Outputs {
		err = errors.Join(err, o.Close())
	}
	return err
}
