// Package lax defines the primitives, each once with all its rules, and the functions that bind them: JAX's jax.lax.
//
// A primitive is declared as a variable and defined in an init function of the same file; families of primitives
// (families.go) are tables with one row each. Functions here follow jax.lax: operands must have equal dtypes, and
// equal shapes unless they are scalars. Promotion and broadcasting in NumPy's sense are package numpy's.
package lax
