//go:build tools

// Package jaxgo is the root of the module and holds no code. This file keeps in
// go.mod what only generated code imports.
package jaxgo

import _ "github.com/go-python/gopy/gopyh"
