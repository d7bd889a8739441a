package ruletest

import "github.com/falcorules/falcorules/internal/schema"

// Schema returns the JSON schema of suites, which editors use to complete and check them.
func Schema() []byte {
	return schema.JSON("Test suite of Falco rules for falcorules test", objects()...)
}

// objects returns all objects of the format, top down.
func objects() []*schema.Object {
	return []*schema.Object{suiteObject, overrideObject, testObject, caseObject, eventObject, expectationObject, outputObject, loadObject}
}
