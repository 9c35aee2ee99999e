// Package random is jax.random in Go: keys, and numbers drawn with them, bit for bit JAX's.
//
// Each function follows its namesake in JAX line by line. What JAX wraps in jit is recorded as a call of that name (_uniform,
// _normal, …), so that jaxprs look alike; an eager call of an export is compiled as a whole.
//
// Exports for Python are named "random." and the name in JAX. Their arguments are those of the JAX function in JAX's
// positional order, keyword-only ones after them, out_sharding left out; a comment beside an export says what differs.
// Keys are typed ones, or raw words of the default generator. It knows nothing of transformations and devices.
package random
