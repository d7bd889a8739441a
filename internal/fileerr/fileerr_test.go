package fileerr_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/falcorules/falcorules/internal/fileerr"
)

func TestCause(t *testing.T) {
	other := errors.New("other")
	in := &fs.PathError{Op: "open", Path: "rules.yaml", Err: fs.ErrNotExist}
	for _, tt := range []struct{ err, want error }{
		{in, fs.ErrNotExist},
		{fmt.Errorf("reading rules: %w", in), fs.ErrNotExist},
		{other, other},
	} {
		if got := fileerr.Cause(tt.err); got != tt.want { //nolint:errorlint // the very error
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}
