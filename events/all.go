package events

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// All reads in and yields its events one after the other on the caller's goroutine.
// An event is valid until the next one. For what cannot be read it yields a
// [*diag.Diagnostic] instead of an event and goes on; any other error is the last
// thing that it yields. All closes in. If ctx is done, All ends at the next record; a
// call of in.Next that is blocked is waited for.
func All(ctx context.Context, in Input, decoder Decoder) iter.Seq2[*fieldsets.Event, error] {
	return func(yield func(*fieldsets.Event, error) bool) {
		defer in.Close()
		stopped := false
		visit := func(ev *fieldsets.Event) error {
			if stopped = stopped || !yield(ev, nil); stopped {
				return ErrStop
			}
			return nil
		}
		for {
			rec, err := in.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				err = decoder.Decode(rec, visit)
			}
			switch {
			case stopped:
				return
			case err == nil:
			case !isDiagnostic(err):
				yield(nil, err)
				return
			default:
				for _, d := range diag.Of(err) {
					if !yield(nil, d) {
						return
					}
				}
			}
		}
	}
}
