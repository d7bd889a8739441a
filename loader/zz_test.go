package loader_test
import ("testing";"github.com/falcorules/falcorules/loader";"github.com/falcorules/falcorules/fieldsets/syscall";"github.com/falcorules/falcorules/fieldsets")
func BenchmarkZ(b *testing.B){
 files,err:=loader.ReadFiles("../../shared/conformance/official/falco_rules.yaml","../../shared/conformance/official/falco-incubating_rules.yaml","../../shared/conformance/official/falco-sandbox_rules.yaml")
 if err!=nil {b.Fatal(err)}
 for b.Loop(){ loader.Load(files, loader.Options{Sources:[]*fieldsets.Source{syscall.NewSource()}}) }
}
