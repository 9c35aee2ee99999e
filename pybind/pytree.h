// Pytrees: flattening Python containers to leaves and a PyTreeDef, and back.
//
// Every function here is called with the GIL held and may run Python code (flatten and unflatten
// functions, __eq__ and __hash__ of auxiliary data), unless its comment says otherwise.

#ifndef JAXGO_PYTREE_H
#define JAXGO_PYTREE_H

#include <Python.h>
#include <stdint.h>

// jg_leaves is a growable vector of owned references. It must not be copied or moved: v may point
// into the struct itself.
typedef struct {
    PyObject **v;
    Py_ssize_t n, cap;
    PyObject *inl[32];
} jg_leaves;

static inline void jg_leaves_init(jg_leaves *l) {
    l->v = l->inl;
    l->n = 0;
    l->cap = 32;
}

// jg_leaves_clear drops the references and the storage; the vector is empty and usable afterwards.
void jg_leaves_clear(jg_leaves *l);

// jg_pytree_init adds the types and functions of this file to module; -1 with an exception on error.
int jg_pytree_init(PyObject *module);

// jg_tree_flatten appends the leaves of obj to out, as new references, and returns a new reference
// to its PyTreeDef. is_leaf may be NULL or None. On error it returns NULL and leaves out as it was.
PyObject *jg_tree_flatten(PyObject *obj, jg_leaves *out, PyObject *is_leaf);

// jg_tree_flatten_as is jg_tree_flatten for a tree that probably is like an earlier one: if obj has the structure of
// treedef, it appends the leaves and returns 1. It knows tuples, lists, None and dicts with strings as keys; where it can't
// tell, it returns 0 without an exception and leaves out as it was.
int jg_tree_flatten_as(PyObject *treedef, PyObject *obj, jg_leaves *out);

// jg_tree_unflatten builds the tree whose leaves are leaves[0..n), which stay the caller's.
PyObject *jg_tree_unflatten(PyObject *treedef, PyObject **leaves, Py_ssize_t n);

// jg_treedef_id returns a number that is the same for two living treedefs exactly when they are
// equal. The first call on a treedef hashes and compares; later ones read a field. An id is never
// reused, but it dies with the last treedef that carries it: whoever keys a cache by ids must hold a
// reference to the treedef beside the entry. 0 with an exception when auxiliary data cannot be
// compared.
uint64_t jg_treedef_id(PyObject *treedef);

// jg_treedef_check reports whether o is a PyTreeDef; it runs no Python code.
int jg_treedef_check(PyObject *o);

// jg_treedef_num_leaves returns the number of leaves of a PyTreeDef; it runs no Python code.
Py_ssize_t jg_treedef_num_leaves(PyObject *treedef);

// jg_pytree_leaf_type declares that objects of type are always leaves, which saves flattening a few
// checks for each. It keeps type alive forever; use it for array and tracer types.
int jg_pytree_leaf_type(PyObject *type);

#endif
