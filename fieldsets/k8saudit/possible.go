package k8saudit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// ImpossibleValues finds values that no audit event has. The keys of its argument and of
// its result are field references; the result has a reason for each impossible value, such
// as "ka.verb is always lower case, never "CREATE"".
func ImpossibleValues(values map[string][]string) map[string]string {
	reasons := map[string]string{}
	for ref, texts := range values {
		for _, text := range texts {
			if reason := impossible(ref, text); reason != "" {
				reasons[ref] = reason
				break
			}
		}
	}
	return reasons
}

// enumerations are the possible values of fields that have only a few.
var enumerations = map[string][]string{
	"jevt.value[/stage]": {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"ka.auth.decision":   {"allow", "forbid"},
}

// boolSuffixes are the suffixes of fields that are true or false in a request.
var boolSuffixes = []string{".host_network", ".host_ipc", ".host_pid", ".privileged", ".allow_privilege_escalation", ".read_only_fs"}

// PossibleValues returns the possible values of a field with its argument, or nil if there
// are too many to list.
func PossibleValues(ref string) []string {
	field, _, _ := strings.Cut(ref, "[")
	if slices.ContainsFunc(boolSuffixes, func(suffix string) bool { return strings.HasSuffix(field, suffix) }) {
		return []string{"true", "false", "<NA>"}
	}
	return slices.Clone(enumerations[ref])
}

func impossible(ref, text string) string {
	field, _, _ := strings.Cut(ref, "[")
	values := PossibleValues(ref)
	switch {
	case values != nil && !slices.Contains(values, text):
		return fmt.Sprintf("%s is always one of %s, never %s", ref, strings.Join(values, ", "), quote.Text(text))
	case (field == "ka.verb" || field == "ka.target.resource") && strings.ToLower(text) != text:
		return fmt.Sprintf("%s is always lower case, never %s", ref, quote.Text(text))
	case field == "ka.uri" && !strings.HasPrefix(text, "/"):
		return fmt.Sprintf("ka.uri is always a path with an optional query, never %s", quote.Text(text))
	case field == "ka.response.code":
		if n, err := strconv.Atoi(text); err != nil || n < 100 || n > 599 {
			return fmt.Sprintf("ka.response.code is always an HTTP status code such as 200, never %s", quote.Text(text))
		}
	}
	return ""
}
