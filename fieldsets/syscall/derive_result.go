package syscall

import (
	"strconv"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
)

// success is what Falco prints for a result that is no error.
const success = "SUCCESS"

// givenResult reads what evt.res and evt.failed say of the number that the call
// returned. That it did not fail says the number where it is always the same, and
// where it is the file descriptor of the event.
func givenResult(in *fixture.Scope) fieldsets.Extractor {
	result, failed := in.Given("evt.res"), in.Given("evt.failed")
	evtType, fd := in.Value("evt.type"), in.Given("fd.num")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		name, named := take(result, ev, out)
		if n, ok := errnos().byName[name.Text()]; ok {
			out.Add(fieldsets.IntValue(-n))
			return
		}
		if n, err := strconv.ParseInt(name.Text(), 10, 64); err == nil {
			out.Add(fieldsets.IntValue(n))
			return
		}
		if fails, ok := take(failed, ev, out); name.Text() != success && (named || !ok || fails.Bool()) {
			return
		}
		info, ok := infoOf(takeText(evtType, ev, out))
		number, opened := take(fd, ev, out)
		switch {
		case !ok:
		case info.returnsZero:
			out.Add(fieldsets.IntValue(0))
		case info.returnsFD && opened && number.Int() >= 0:
			out.Add(number)
		}
	}
}

// rawResult derives the result of the call.
func rawResult(in *fixture.Scope) fieldsets.Extractor {
	given, evtType := givenResult(in), in.Value("evt.type")
	parameters := map[string]fieldsets.Extractor{"res": in.Value("evt.rawarg.res"), "fd": in.Value("evt.rawarg.fd")}
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if v, ok := take(given, ev, out); ok {
			out.Add(v)
			return
		}
		if info, ok := infoOf(takeText(evtType, ev, out)); ok && info.hasResult() {
			parameters[info.Params[0].Name](ev, out)
		}
	}
}

// resultName derives the name of the result.
func resultName(in *fixture.Scope) fieldsets.Extractor {
	number, failed := in.Value("evt.rawres"), in.Given("evt.failed")
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if n, ok := take(number, ev, out); ok {
			addResult(n.Int(), out)
		} else if fails, ok := take(failed, ev, out); ok && !fails.Bool() {
			out.AddText(success)
		}
	}
}

// failure reads whether the call failed.
func failure(in *fixture.Scope) func(*fieldsets.Event, *fieldsets.Values) (failed, known bool) {
	number, name, given := in.Value("evt.rawres"), in.Given("evt.res"), in.Given("evt.failed")
	return func(ev *fieldsets.Event, out *fieldsets.Values) (bool, bool) {
		if n, ok := take(number, ev, out); ok {
			return n.Int() < 0, true
		}
		if res, ok := take(name, ev, out); ok {
			return res.Text() != success, true
		}
		fails, ok := take(given, ev, out)
		return fails.Bool(), ok
	}
}

func failed(in *fixture.Scope) fieldsets.Extractor {
	result := failure(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if failed, known := result(ev, out); known {
			out.Add(fieldsets.BoolValue(failed))
		}
	}
}

// resultParameter reads the result of the call for the parameter that is the result.
func resultParameter(in *fixture.Scope) fieldsets.Extractor {
	number, given := in.Given("evt.rawres"), givenResult(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		if n, ok := take(number, ev, out); ok {
			out.Add(n)
		} else {
			given(ev, out)
		}
	}
}

// descriptorNumber derives the file descriptor that a call opened; Falco has -1 where
// the call failed.
func descriptorNumber(in *fixture.Scope) fieldsets.Extractor {
	evtType, number, result := in.Value("evt.type"), in.Value("evt.rawres"), failure(in)
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		info, ok := infoOf(takeText(evtType, ev, out))
		if !ok || !info.returnsFD {
			return
		}
		if failed, _ := result(ev, out); failed {
			out.Add(fieldsets.IntValue(-1))
		} else if n, ok := take(number, ev, out); ok {
			out.Add(n)
		}
	}
}

// addResult adds what Falco prints for the result of a call.
func addResult(n int64, out *fieldsets.Values) {
	if n >= 0 {
		out.AddText(success)
		return
	}
	addError(n, out)
}

// addError adds the name of an error, or its number.
func addError(n int64, out *fieldsets.Values) {
	if name, ok := errnos().byNumber[-n]; ok {
		out.AddText(name)
		return
	}
	out.AddBuilt(func(buf []byte) []byte { return strconv.AppendInt(buf, n, 10) })
}
