package suggest

// Meanings are all sections of the table.
var Meanings = meanings

// Squash exports squash.
var Squash = squash

// KeyOf exports keyOf.
var KeyOf = keyOf
