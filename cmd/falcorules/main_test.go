package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/falcorules/falcorules/internal/golden"
)

// runAsCommand is an environment variable that makes the test binary run the command
// instead of the tests.
const runAsCommand = "FALCORULES_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		main()
	}
	os.Setenv("LC_ALL", "C.UTF-8")
	testscript.Main(m, map[string]func(){"falcorules": main})
}

// TestScripts runs the scripts in testdata/script. With -update it rewrites the files that
// they compare with output.
func TestScripts(t *testing.T) {
	captures, err := filepath.Abs("../../examples/capture")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: golden.Update(),
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("FALCO_HOSTNAME", "testhost")
			env.Setenv("CAPTURES", captures)
			return nil
		},
	})
}
