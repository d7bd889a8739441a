package events

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/fieldsets"
)

// All yields the events of an input one after the other and closes the input. An event
// is valid until the next one. For text that cannot be read, All yields a nil event
// and a [*diag.Diagnostic] and goes on; after any other error it ends. When ctx is
// done, it ends at the next record; it waits for a blocked call of in.Next.
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
			case !diag.Has(err):
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
