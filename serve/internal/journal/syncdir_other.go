//go:build !unix

package journal

// syncDir does nothing: folders cannot be synced here.
func syncDir(string) error { return nil }
