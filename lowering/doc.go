// Package lowering turns jaxprs into StableHLO modules, has them compiled, and runs them: it is the evaluator at the
// bottom of every trace. Compiled programs are kept in memory with their jaxpr and on disk between processes.
package lowering
