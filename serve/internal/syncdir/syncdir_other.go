//go:build !unix

// Package syncdir makes changes of folders durable.
package syncdir

// Sync does nothing: folders cannot be synced here.
func Sync(string) error { return nil }
