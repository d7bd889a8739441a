package scan_test

import (
	"math"
	"testing"

	"github.com/falcorules/falcorules/internal/scan"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		text     string
		unsigned uint64
		signed   int64
		ok       bool
	}{
		{"0", 0, 0, true},
		{"007", 7, 7, true},
		{" \t+7", 7, 7, true},
		{"-1", math.MaxUint64, -1, true},
		{"9223372036854775808", 1 << 63, math.MaxInt64, true},
		{"-9223372036854775808", 1 << 63, math.MinInt64, true},
		{"-9223372036854775809", 1<<63 - 1, math.MinInt64, true},
		{"99999999999999999999", math.MaxUint64, math.MaxInt64, true},
		{"-99999999999999999999", math.MaxUint64, math.MinInt64, true},
		{text: ""},
		{text: "+"},
		{text: "-"},
		{text: "+-1"},
		{text: "1 "},
		{text: "0x10"},
		{text: "1.5"},
		{text: "99999999999999999999x"},
		{text: "1e3"},
		{text: "1_0"},
		{text: "x"},
	} {
		t.Run(subtest.Name(test.text), func(t *testing.T) {
			if n, ok := scan.Uint64(test.text); n != test.unsigned || ok != test.ok {
				t.Errorf("Uint64(%q) = %d, %v", test.text, n, ok)
			}
			if n, ok := scan.Int64(test.text); n != test.signed || ok != test.ok {
				t.Errorf("Int64(%q) = %d, %v", test.text, n, ok)
			}
		})
	}
}

func TestUint32(t *testing.T) {
	for text, want := range map[string]uint32{"5": 5, "+5": 5, "5 \n": 5, "0x1F": 31, "0X1f": 31, "017": 15, "4294967295": math.MaxUint32, "0": 0, "+0xb": 11} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if n, ok := scan.Uint32(text); n != want || !ok {
				t.Errorf("Uint32(%q) = %d, %v", text, n, ok)
			}
		})
	}
	for _, text := range []string{"", "+", "-1", "+-1", " 5", "5 5", "4294967296", "08", "0b1", "0o7", "1_0", "0x", "1.5", "5s"} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if n, ok := scan.Uint32(text); ok {
				t.Errorf("Uint32(%q) = %d", text, n)
			}
		})
	}
}

func TestBool(t *testing.T) {
	for _, text := range []string{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"} {
		t.Run(text, func(t *testing.T) {
			if value, ok := scan.Bool(text); !value || !ok {
				t.Errorf("Bool(%q) = %v, %v", text, value, ok)
			}
		})
	}
	for _, text := range []string{"false", "False", "FALSE", "no", "off", "n", "N"} {
		t.Run(text, func(t *testing.T) {
			if value, ok := scan.Bool(text); value || !ok {
				t.Errorf("Bool(%q) = %v, %v", text, value, ok)
			}
		})
	}
	for _, text := range []string{"", "tRUE", "TRue", "1", "0", " true", "true ", "t", "É", "\xff"} {
		t.Run(subtest.Name(text), func(t *testing.T) {
			if _, ok := scan.Bool(text); ok {
				t.Errorf("Bool(%q) is valid", text)
			}
		})
	}
}
