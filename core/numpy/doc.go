// Package numpy is jax.numpy in Go: promotion, broadcasting and NumPy's semantics over package lax.
//
// Each function follows its namesake in JAX line by line, so that a program's jaxpr, dtypes, weak types and errors are
// those of JAX. Functions that JAX wraps in jit are recorded as calls (see Call); the others are inline.
//
// Exports for Python are named "jnp." and the name in JAX. Their arguments are those of the JAX function in JAX's
// positional order, keyword-only ones after them; the doc comment says so where anything is left out or added.
// It knows nothing of transformations, compilation or Python objects.
package numpy
