package quote

import (
	"bytes"
	"encoding/json"
	"io"
)

// JSON returns a value as JSON, with the escapes of [Escape] and without those that
// only HTML needs. If indent is not empty, each level is on lines of its own.
func JSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(Escape(string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))), nil
}

// WriteJSON writes what [JSON] returns, and a line feed.
func WriteJSON(w io.Writer, v any, indent string) error {
	text, err := JSON(v, indent)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
