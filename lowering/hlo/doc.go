// Package hlo prints XLA programs: the text of an HloModuleProto, as XLA's HloModule::ToString gives it.
//
// The messages are read from the wire format, without generated code and without reflection: those of XLA would be most
// of what the library weighs. A plugin newer than this package may hand out what it does not know: fields are skipped as
// in every reader of protocol buffers, but an operation whose attributes are not known is an error and not a guess.
//
// What a plugin says is not trusted. Every length, index and depth is checked, and the text is at most amplification
// times as long as the program.
package hlo
