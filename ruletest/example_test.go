package ruletest_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/falcorules/falcorules/ruletest"
	"github.com/falcorules/falcorules/ruletest/report"
)

func Example() {
	files, _, err := ruletest.Find("../examples/syscall")
	if err != nil {
		log.Fatal(err)
	}
	results := ruletest.RunFiles(context.Background(), files, ruletest.Options{})
	if err := report.Text(os.Stdout, results, report.TextOptions{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(results.Counts().Failed)
	// Output:
	// 13 passed, 0 failed, 0 skipped in 1 suite
	// 0
}
