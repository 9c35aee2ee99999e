//go:build tools

// Package jaxgo is the root of the module and holds no code. This file keeps in
// go.mod what only generated or not yet written code imports.
package jaxgo

import (
	_ "github.com/apache/arrow/go/v17/arrow/cdata"
	_ "github.com/go-python/gopy/gopyh"
	_ "github.com/sbinet/npyio"
	_ "github.com/stretchr/testify/require"
)
