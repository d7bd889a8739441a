package k8saudit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/internal/quote"
)

// Impossible says why no audit event has some values, given as texts by the names of
// their fields, several of a list. It returns the reasons by those names, each a clause
// such as "ka.verb is in lower case, and never "CREATE"", and nothing where it knows of
// none.
func Impossible(values map[string][]string) map[string]string {
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

// enumerations are the only texts of fields.
var enumerations = map[string][]string{
	"jevt.value[/stage]": {"RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"},
	"ka.auth.decision":   {"allow", "forbid"},
}

// truths end the names of fields that are true or false in a request.
var truths = []string{".host_network", ".host_ipc", ".host_pid", ".privileged", ".allow_privilege_escalation", ".read_only_fs"}

// Texts returns the only texts that a field, with its argument, has; nil where there are
// many.
func Texts(ref string) []string {
	field, _, _ := strings.Cut(ref, "[")
	if slices.ContainsFunc(truths, func(end string) bool { return strings.HasSuffix(field, end) }) {
		return []string{"true", "false", "<NA>"}
	}
	return slices.Clone(enumerations[ref])
}

func impossible(ref, text string) string {
	field, _, _ := strings.Cut(ref, "[")
	texts := Texts(ref)
	switch {
	case texts != nil && !slices.Contains(texts, text):
		return fmt.Sprintf("%s is one of %s, and never %s", ref, strings.Join(texts, ", "), quote.Text(text))
	case (field == "ka.verb" || field == "ka.target.resource") && strings.ToLower(text) != text:
		return fmt.Sprintf("%s is in lower case, and never %s", ref, quote.Text(text))
	case field == "ka.uri" && !strings.HasPrefix(text, "/"):
		return fmt.Sprintf("ka.uri is the path of a URL and its query, and never %s", quote.Text(text))
	case field == "ka.response.code":
		if n, err := strconv.Atoi(text); err != nil || n < 100 || n > 599 {
			return fmt.Sprintf("ka.response.code is a status of HTTP such as 200, and never %s", quote.Text(text))
		}
	}
	return ""
}
