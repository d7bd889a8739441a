package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// maxRun is the largest size of the output of an earlier run in bytes.
const maxRun = 64 << 20

// readRunFile reads the output of an earlier run of lint, and returns how many findings have
// each fingerprint.
func readRunFile(path string) (map[string]int, diag.List) {
	file, errs := openDiagnosed(path, runHint)
	if errs != nil {
		return nil, errs
	}
	defer file.Close()
	found, err := readRun(file)
	if err != nil {
		var at *diag.Diagnostic
		if !errors.As(err, &at) {
			at = &diag.Diagnostic{Message: err.Error()}
		}
		at.Range.File = path
		return nil, diag.List{at}
	}
	return found, nil
}

// run is the output of lint with -o json or -o sarif.
type run struct {
	Findings []struct {
		Code    diag.Code `json:"code"`
		Message string    `json:"message"`
		Range   struct {
			File string `json:"file"`
		} `json:"range"`
		Within []diag.Item `json:"within"`
	} `json:"findings"`
	Runs []struct {
		Results []struct {
			Fingerprints map[string]string `json:"partialFingerprints"`
		} `json:"results"`
	} `json:"runs"`
}

// readRun reads the output of lint with -o json or -o sarif.
func readRun(r io.Reader) (map[string]int, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRun+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read: %w", err)
	case len(data) > maxRun:
		return nil, fmt.Errorf("the file has more than %d bytes", maxRun)
	}
	data = yamlfile.Decode(data) // shells can write UTF-16
	var old run
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, jsonError(data, err)
	}
	if old.Findings == nil && old.Runs == nil {
		return nil, &diag.Diagnostic{Message: "not the output of lint", Hint: runHint}
	}
	found := map[string]int{}
	for _, f := range old.Findings {
		if f.Code == "" {
			return nil, &diag.Diagnostic{Message: "a finding has no code", Hint: "a baseline belongs to --baseline; " + runHint}
		}
		found[diag.Fingerprint(&diag.Diagnostic{Code: f.Code, Message: f.Message, Range: diag.Range{File: f.Range.File}, Within: f.Within})]++
	}
	for _, r := range old.Runs {
		for _, result := range r.Results {
			text, ok := result.Fingerprints[diag.SARIFFingerprint]
			if !ok {
				return nil, &diag.Diagnostic{Message: "a result has no fingerprint of falcorules", Hint: runHint}
			}
			sum, _, _ := strings.Cut(text, ":")
			found[sum]++
		}
	}
	return found, nil
}

const runHint = "write the file with falcorules lint -o json … > FILE"

// jsonError returns an error about JSON with its position.
func jsonError(data []byte, err error) *diag.Diagnostic {
	offset, message := int64(0), err.Error()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset, message = syntax.Offset-1, "invalid JSON: "+syntax.Error()
	case errors.As(err, &kind):
		offset, message = kind.Offset-1, fmt.Sprintf("unexpected %s in %s", kind.Value, quote.Name(kind.Field))
	}
	before := data[:min(max(offset, 0), int64(len(data)))]
	at := diag.Pos{Offset: len(before), Line: bytes.Count(before, []byte("\n")) + 1, Column: len(before) - bytes.LastIndexByte(before, '\n')}
	return &diag.Diagnostic{Message: message, Range: diag.Range{Start: at}, Hint: runHint}
}
