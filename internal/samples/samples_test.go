package samples_test

import (
	"testing"

	"github.com/falcorules/falcorules/internal/samples"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, all string
		want      int
	}{{"a part", "", 8}, {"all", "1", 80}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("FALCORULES_ALL_SAMPLES", tt.all)
			if got := samples.Of(80); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if got := samples.Of(1); got != 1 {
				t.Errorf("one sample: got %d, want 1", got)
			}
		})
	}
}
