package k8saudit_test

import (
	"encoding/json"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
)

// compact returns an event of testdata on one line, as API servers write it.
func compact(tb testing.TB, file string) []byte {
	tb.Helper()
	var v any
	if err := json.Unmarshal([]byte(readFile(tb, file)), &v); err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// dozen returns the extractors of fields in typical rules.
func dozen(tb testing.TB) []fieldsets.Extractor {
	tb.Helper()
	source := k8saudit.NewSource()
	var xs []fieldsets.Extractor
	for _, name := range []string{
		"ka.verb", "ka.stage", "ka.user.name", "ka.user.groups", "ka.target.resource", "ka.target.namespace", "ka.auth.decision",
		"ka.auth.reason", "ka.uri.param[limit]", "ka.req.pod.containers.image.repository", "ka.req.pod.containers.privileged", "jevt.value[/responseStatus/code]",
	} {
		_, x, err := source.Resolve(reference(name))
		if err != nil {
			tb.Fatal(err)
		}
		xs = append(xs, x)
	}
	return xs
}

func BenchmarkDecode(b *testing.B) {
	payload := compact(b, "pod.json")
	decoder := k8saudit.NewDecoder(&fieldsets.Stream{})
	each := func(*fieldsets.Event) error { return nil }
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		if err := decoder.Decode(payload, each); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDozenFields(b *testing.B) {
	payload := compact(b, "pod.json")
	xs := dozen(b)
	var out fieldsets.Values
	b.ReportAllocs()
	err := k8saudit.NewDecoder(&fieldsets.Stream{}).Decode(payload, func(ev *fieldsets.Event) error {
		for b.Loop() {
			out.Reset()
			for _, x := range xs {
				x(ev, &out)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// TestAllocations checks that decoding and reading fields do not allocate once all
// buffers have grown, except for the indented event.
func TestAllocations(t *testing.T) {
	for _, source := range []*fieldsets.Source{k8saudit.NewSource(), k8saudit.NewSource(k8saudit.Documented())} {
		xs := map[string]fieldsets.Extractor{}
		for _, f := range source.Fields() {
			name := f.Name
			if f.Arg == fieldsets.KeyArg {
				name += "[/user/name]"
			}
			_, x, err := source.Resolve(reference(name))
			if err != nil {
				t.Fatal(err)
			}
			xs[name] = x
		}
		for _, file := range []string{"pod.json", "rolebinding.json", "role.json", "service.json"} {
			payload := compact(t, file)
			decoder := k8saudit.NewDecoder(&fieldsets.Stream{})
			var out fieldsets.Values
			none := func(*fieldsets.Event) error { return nil }
			if n := testing.AllocsPerRun(10, func() { _ = decoder.Decode(payload, none) }); n > 0 && file != "pod.json" {
				t.Errorf("%s: decoding: %v allocations", file, n) // the time of the pod has an offset
			}
			_ = decoder.Decode(payload, func(ev *fieldsets.Event) error {
				for name, x := range xs {
					n := testing.AllocsPerRun(10, func() {
						out.Reset()
						x(ev, &out)
					})
					if n > 0 && name != "json.obj" && name != "jevt.obj" {
						t.Errorf("%s: %s: %v allocations", file, name, n)
					}
				}
				return nil
			})
		}
	}
}
