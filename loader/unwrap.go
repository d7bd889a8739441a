package loader

// unwrap returns the rules files inside a file, after the file itself if it also has
// rules or mistakes of its own. It returns only the file if there are no files inside.
func unwrap(f *input) []*input {
	unwrapped, ok := f.file.Unwrap()
	if !ok {
		return []*input{f}
	}
	var inputs []*input
	f.docs, f.problems = unwrapped.Rest, unwrapped.Problems
	if _, _, bad := f.file.SyntaxError(); bad || len(f.docs) > 0 || len(f.problems) > 0 {
		inputs = append(inputs, f)
	}
	for _, inner := range unwrapped.Files {
		inputs = append(inputs, &input{file: inner, docs: inner.Documents(), context: f.context})
	}
	for _, d := range unwrapped.Skipped {
		skipped := newDiagnostic(NoticeSkipped, d.Range, []Location{{Type: "rules content", Content: f.file.Name()}}, d.Message)
		skipped.Hint = d.Hint
		inputs[0].skipped = append(inputs[0].skipped, skipped)
	}
	return inputs
}
