package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// build builds a command of the module in a folder and returns the path of the binary.
func (s settings) build(module, pkg string) (string, error) {
	path := filepath.Join(s.dir, filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-o", path, pkg)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}

// falcorules builds the command that the comparisons run.
func (s settings) falcorules() (string, error) { return s.build(top, "./cmd/falcorules") }

// process returns a measure of the milliseconds that a command takes on a number of cores.
// Its output goes to a file.
func (s settings) process(cores int, command string, args ...string) func() (float64, error) {
	return func() (float64, error) {
		out, err := os.Create(filepath.Join(s.dir, "out"))
		if err != nil {
			return 0, err
		}
		defer out.Close()
		var problems bytes.Buffer
		cmd := exec.Command(command, args...)
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", cores))
		cmd.Stdout, cmd.Stderr = out, &problems
		begin := time.Now()
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, problems.String())
		}
		return float64(time.Since(begin).Microseconds()) / 1000, nil
	}
}

// generate writes a corpus of n items to a file and returns its path.
func (s settings) generate(name string, n int, write func(io.Writer, int) error) (string, error) {
	path := filepath.Join(s.dir, fmt.Sprintf("%d-%s", n, name))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := write(file, n); err != nil {
		return "", err
	}
	return path, file.Close()
}
