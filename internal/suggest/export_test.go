package suggest

// Meanings are all sections of the table.
var Meanings = meanings

// Squash is for tests of the table.
var Squash = squash
