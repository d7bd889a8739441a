package syscall

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

// parseText reads texts that fields have values of: names of signals, errors and
// flags. It refuses types of events that there are not.
func parseText(f *fieldsets.Field, arg fieldsets.Arg, text, evtType string) (v fieldsets.Value, ok bool, err error) {
	switch f.Name {
	case "evt.type":
		if !IsEventType(text) {
			return v, false, errors.New(noEventType(text))
		}
	case "evt.arg":
		return fieldsets.TextValue(text), isWhole(text), nil
	case "evt.rawres":
		n, ok := errnos().byName[text]
		return fieldsets.IntValue(-n), ok, nil
	case "evt.rawarg":
		return parseRaw(f.Type, arg.Key, text, evtType)
	}
	return v, false, nil
}

// isWhole reports whether text is a plain whole number.
func isWhole(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// parseRaw reads a parameter's number that is written as a name.
func parseRaw(t fieldsets.Type, param, text, evtType string) (v fieldsets.Value, ok bool, err error) {
	switch t {
	case fieldsets.SigType:
		n, ok := signals().byName[text]
		return fieldsets.IntValue(n), ok, nil
	case fieldsets.FD, fieldsets.Errno, fieldsets.PID, fieldsets.Int64:
		n, ok := numberOf(t, text)
		return fieldsets.IntValue(n), ok, nil
	}
	if t.Bits() == 0 || strings.Trim(text, "0123456789abcdefABCDEFx") == "" {
		return v, false, nil
	}
	n, ok, err := parseFlags(evtType, param, text)
	return fieldsets.NumberValue(n), ok, err
}

// currentDirectory is what stands for a file descriptor of the working directory.
const (
	currentDirectory     = -100
	currentDirectoryName = "AT_FDCWD"
)

// numberOf returns the number that a name stands for as a result or a file
// descriptor.
func numberOf(t fieldsets.Type, name string) (int64, bool) {
	if t == fieldsets.FD && name == currentDirectoryName {
		return currentDirectory, true
	}
	n, ok := errnos().byName[name]
	return -n, ok
}

// check says what is wrong with a value that events do not have, in words that
// follow the name of the field.
func check(f *fieldsets.Field, arg fieldsets.Arg, v fieldsets.Value, evtType string) string {
	switch f.Name {
	case "evt.arg", "evt.rawarg":
		return checkParameter(f, arg, v, evtType)
	case "evt.rawres":
		if info, ok := infoOf(evtType); ok && info.returnsZero && v.Int() > 0 {
			return fmt.Sprintf("is 0 or the number of an error, as %s returns, not %d", evtType, v.Int())
		}
	case "evt.res":
		if _, ok := errnos().byName[v.Text()]; !ok && v.Text() != success && !isWhole(v.Text()) {
			return hinted(fmt.Sprintf("is SUCCESS, the name of an error such as ENOENT or a number, not %s", quote.Text(v.Text())), v.Text(), maps.Keys(errnos().byName))
		}
	case "fd.type":
		if _, ok := typeChars[v.Text()]; !ok && v.Text() != "<NA>" {
			return hinted(fmt.Sprintf("is %s, and no file descriptor is", quote.Text(v.Text())), v.Text(), maps.Keys(typeChars))
		}
	}
	return ""
}

// hinted adds what a name was perhaps meant to be.
func hinted(msg, name string, names func(func(string) bool)) string {
	if hint := suggest.Hint(name, names); hint != "" {
		msg += "; " + hint
	}
	return msg
}

// checkParameter says what is wrong with a parameter of an event.
func checkParameter(f *fieldsets.Field, arg fieldsets.Arg, v fieldsets.Value, evtType string) string {
	info, ok := infoOf(evtType)
	if !ok || evtType == "" { // which no event has, and Falco takes in conditions
		return ""
	}
	number := parameterNumber(info, arg)
	if number < 0 {
		names := make([]string, len(info.Params))
		for i, p := range info.Params {
			names[i] = p.Name
		}
		return fmt.Sprintf("is no parameter of %s, which has %s", evtType, strings.Join(names, ", "))
	}
	set, ok := flagsOf(evtType, info.Params[number].Name)
	if !ok || f.Name != "evt.arg" || isWhole(v.Text()) {
		return ""
	}
	if _, bad := set.parse(v.Text()); bad != "" {
		return unknownFlag(evtType, bad, set).Error()
	}
	return ""
}

// noEventType says that a text is no event type.
func noEventType(text string) string {
	names := slices.Values(slices.Sorted(maps.Keys(events().names)))
	return hinted("is "+quote.Text(text)+", which no event type is called", text, names)
}
