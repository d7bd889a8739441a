package main

import "testing"

// TestEnginesAgree checks that all engines have the same results.
func TestEnginesAgree(t *testing.T) {
	all, err := requests(200)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conditionTexts() {
		t.Run(c.name, func(t *testing.T) {
			holders, err := prepareAll(c, all)
			if err != nil {
				t.Fatal(err)
			}
			holding, err := agreed(holders, len(all))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("holds for %d of %d events", holding, len(all))
		})
	}
}
