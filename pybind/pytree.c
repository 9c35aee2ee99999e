// Pytrees. A PyTreeDef is an array of nodes in post-order plus an array of the Python objects that
// they carry (dict keys, namedtuple types, auxiliary data), both in the same order.
//
// Two relations on treedefs matter, and each has a table:
//
//   same   the nodes agree and the objects are identical, or are equal str, int, float or bytes of
//          exactly that type. Unflattening two such treedefs gives the same result, so there is only
//          ever one PyTreeDef of a kind: flattening hashes as it goes, finds it in the table `interned`
//          and allocates nothing. No Python code runs for that.
//   equal  the objects are equal by ==. {1: x} and {True: x} are equal but not the same, and what
//          unflatten returns must tell them apart. Equal treedefs share an id, which the table
//          `classes` hands out on demand, because only then must user code (__hash__, __eq__) run.
//
// Both tables hold their entries weakly: a dying PyTreeDef removes itself.

#include "pytree.h"

#include <string.h>
#include <structmember.h>

// The numbers are those of pickled treedefs.
enum kind { LEAF, NONE, TUPLE, NAMEDTUPLE, LIST, DICT, CUSTOM, DATACLASS, NKINDS };

// How a registry flattens one type. Never freed before its registry, so nodes point to it freely.
typedef struct {
    PyObject *type;
    enum kind kind;
    PyObject *to_iter, *from_iter, *to_iter_keys;  // CUSTOM; the last may be NULL
    PyObject *data_fields, *meta_fields;           // DATACLASS, tuples of str
} registration;

typedef struct {
    PyObject_HEAD
    PyObject *dict;  // holds __name__ and __module__, by which a registry is pickled
    int namedtuples;
    struct slot {
        PyObject *type;
        registration *reg;
    } *slots;  // open addressing, at most half full
    size_t mask, used;
} Registry;

typedef struct {
    int32_t kind, arity;
    int32_t num_leaves, num_nodes;  // of the subtree
    int32_t obj, nobj;              // its objects: dict keys; a namedtuple's type; aux data; meta fields
    const registration *reg;        // CUSTOM and DATACLASS only
} node;

typedef struct entry {
    struct entry *next, **pprev;  // pprev is NULL outside a table
    uint64_t hash;
} entry;

typedef struct {
    PyObject_HEAD
    Registry *registry;
    int32_t n, nobj;
    node *nodes;
    PyObject **objs;
    entry interned, class;
    uint64_t id;      // 0: not yet asked for
    int has_eqhash;   // eqhash is valid
    int unhashable;   // some object could not be hashed and is not part of eqhash
    uint64_t eqhash;  // equal treedefs have equal ones
} PyTreeDef;

typedef struct {
    entry **buckets;
    size_t mask, n;
} table;

static table interned, classes;
static uint64_t last_id;

static PyTypeObject *treedef_type, *registry_type, *generator_type;
static Registry *default_registry;
static PyObject *str_fields, *str_name, *from_state_func;

int jg_treedef_check(PyObject *o) { return Py_TYPE(o) == treedef_type; }

Py_ssize_t jg_treedef_num_leaves(PyObject *o) {
    PyTreeDef *t = (PyTreeDef *)o;
    return t->nodes[t->n - 1].num_leaves;
}

// ---- Small helpers ----

static inline uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);  // 2^64 over the golden ratio, as in Fibonacci hashing
    return h ^ (h >> 32);
}

typedef struct {
    PyObject **v;
    Py_ssize_t n, cap;
} stack;

static int stack_reserve(stack *s, Py_ssize_t more) {
    if (s->cap - s->n >= more) return 0;
    Py_ssize_t cap = s->cap < 64 ? 64 : s->cap;
    while (cap - s->n < more) {
        if (cap > PY_SSIZE_T_MAX / 2 / (Py_ssize_t)sizeof *s->v) goto nomem;
        cap *= 2;
    }
    PyObject **v = PyMem_Realloc(s->v, cap * sizeof *v);
    if (!v) goto nomem;
    s->v = v;
    s->cap = cap;
    return 0;
nomem:
    PyErr_NoMemory();
    return -1;
}

// Takes over the reference, also on failure.
static int stack_push(stack *s, PyObject *o) {
    if (!o) return -1;
    if (s->n == s->cap && stack_reserve(s, 1) < 0) {
        Py_DECREF(o);
        return -1;
    }
    s->v[s->n++] = o;
    return 0;
}

// The slot is emptied before the reference goes: a destructor may look at the stack's owner.
static void stack_cut(stack *s, Py_ssize_t n) {
    while (s->n > n) {
        PyObject *o = s->v[--s->n];
        Py_XDECREF(o);
    }
}

// The leaves of a large tree, see jg_spare.
static PyObject *spare_leaves[1024];
static int spare_leaves_taken;

static int leaves_grow(jg_leaves *l) {
    if (l->v == l->inl && !spare_leaves_taken) {
        spare_leaves_taken = 1;
        l->v = memcpy(spare_leaves, l->inl, l->n * sizeof *l->v);
        l->cap = 1024;
        return 0;
    }
    Py_ssize_t cap = l->cap * 2;
    int own = l->v != l->inl && l->v != spare_leaves;
    PyObject **v = PyMem_Realloc(own ? l->v : NULL, cap * sizeof *v);
    if (!v) {
        PyErr_NoMemory();
        return -1;
    }
    if (!own) memcpy(v, l->v, l->n * sizeof *v);
    if (l->v == spare_leaves) spare_leaves_taken = 0;
    l->v = v;
    l->cap = cap;
    return 0;
}

static int leaves_reserve(jg_leaves *l, Py_ssize_t more) {
    while (l->cap - l->n < more) {
        if (leaves_grow(l) < 0) return -1;
    }
    return 0;
}

static void leaves_cut(jg_leaves *l, Py_ssize_t n) {
    while (l->n > n) {
        PyObject *o = l->v[--l->n];
        Py_DECREF(o);
    }
}

void jg_leaves_clear(jg_leaves *l) {
    leaves_cut(l, 0);
    if (l->v == spare_leaves) spare_leaves_taken = 0;
    else if (l->v != l->inl) PyMem_Free(l->v);
    jg_leaves_init(l);
}

static PyObject *leaves_to_list(jg_leaves *l) {
    PyObject *list = PyList_New(l->n);
    if (list) {
        for (Py_ssize_t i = 0; i < l->n; i++) PyList_SetItem(list, i, l->v[i]);
        l->n = 0;
    }
    return list;
}

// Replaces the current exception, if it is an Exception, by a ValueError that it caused.
static void raise_value_error_from(const char *message) {
    PyObject *t, *v, *tb, *t2, *v2, *tb2;
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return;
    PyErr_Fetch(&t, &v, &tb);
    PyErr_NormalizeException(&t, &v, &tb);
    if (tb && v) PyException_SetTraceback(v, tb);
    Py_XDECREF(t);
    Py_XDECREF(tb);
    PyErr_SetString(PyExc_ValueError, message);
    PyErr_Fetch(&t2, &v2, &tb2);
    PyErr_NormalizeException(&t2, &v2, &tb2);
    if (v2 && v && PyExceptionInstance_Check(v2)) {
        Py_INCREF(v);
        PyException_SetContext(v2, v);
        PyException_SetCause(v2, v);
    } else {
        Py_XDECREF(v);
    }
    PyErr_Restore(t2, v2, tb2);
}

// Reads positional and keyword arguments into out; those that are missing become NULL.
static int parse_args(const char *fn, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                      const char *const *names, int required, int max, PyObject **out) {
    Py_ssize_t nkw = kwnames ? PyTuple_Size(kwnames) : 0;
    memset(out, 0, max * sizeof *out);
    if (nargs > max) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments (%zd given)", fn, max, nargs + nkw);
        return -1;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) out[i] = args[i];
    for (Py_ssize_t k = 0; k < nkw; k++) {
        PyObject *name = PyTuple_GetItem(kwnames, k);
        int i = 0;
        while (i < max && PyUnicode_CompareWithASCIIString(name, names[i])) i++;
        if (i == max) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", fn, name);
            return -1;
        }
        if (out[i]) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", fn, name);
            return -1;
        }
        out[i] = args[nargs + k];
    }
    for (int i = 0; i < required; i++) {
        if (!out[i]) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%s'", fn, names[i]);
            return -1;
        }
    }
    return 0;
}

static void type_error(const char *where, const char *want, PyObject *got) {
    PyObject *name = PyType_GetName(Py_TYPE(got));
    if (name) PyErr_Format(PyExc_TypeError, "%s must be %s, got %U", where, want, name);
    Py_XDECREF(name);
}

static int need_treedef(PyObject *o, const char *where) {
    if (jg_treedef_check(o)) return 0;
    type_error(where, "a PyTreeDef", o);
    return -1;
}

static int need_registry(PyObject *o, const char *where) {
    if (Py_TYPE(o) == registry_type) return 0;
    type_error(where, "a PyTreeRegistry", o);
    return -1;
}

static int need_callable(PyObject *o, const char *where) {
    if (PyCallable_Check(o)) return 0;
    type_error(where, "callable", o);
    return -1;
}

// ---- Key path entries ----

// A key is one Python object with one of four faces.
typedef struct {
    PyObject_HEAD
    PyObject *v;
} Key;

enum key { SEQUENCE_KEY, DICT_KEY, GETATTR_KEY, FLATTENED_INDEX_KEY, NKEYS };

static PyTypeObject *key_types[NKEYS];
static const char *const key_names[NKEYS] = {"SequenceKey", "DictKey", "GetAttrKey", "FlattenedIndexKey"};
static const char *const key_attrs[NKEYS] = {"idx", "key", "name", "key"};

static int key_kind(PyTypeObject *t) {
    for (int k = 0; k < NKEYS; k++) {
        if (t == key_types[k]) return k;
    }
    for (int k = 0; k < NKEYS; k++) {
        if (PyType_IsSubtype(t, key_types[k])) return k;
    }
    return -1;
}

// Takes over the reference v, also on failure.
static PyObject *key_make(PyTypeObject *type, PyObject *v) {
    if (!v) return NULL;
    Key *k = (Key *)PyType_GenericAlloc(type, 0);
    if (!k) {
        Py_DECREF(v);
        return NULL;
    }
    k->v = v;
    return (PyObject *)k;
}

static PyObject *index_key(enum key kind, Py_ssize_t i) { return key_make(key_types[kind], PyLong_FromSsize_t(i)); }

static PyObject *object_key(enum key kind, PyObject *v) {
    Py_INCREF(v);
    return key_make(key_types[kind], v);
}

static PyObject *key_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    int kind = key_kind(type);
    PyObject *v = NULL;
    Py_ssize_t nargs = PyTuple_Size(args), nkw = kwargs ? PyDict_Size(kwargs) : 0;
    if (nargs == 1 && nkw == 0) v = PyTuple_GetItem(args, 0);
    if (nargs == 0 && nkw == 1) v = PyDict_GetItemString(kwargs, key_attrs[kind]);
    if (!v) {
        PyErr_Format(PyExc_TypeError, "%s() takes exactly one argument, '%s'", key_names[kind], key_attrs[kind]);
        return NULL;
    }
    if (kind == DICT_KEY) {
        Py_INCREF(v);
        return key_make(type, v);
    }
    if (kind == GETATTR_KEY) {
        if (!PyUnicode_Check(v)) {
            type_error("GetAttrKey: name", "str", v);
            return NULL;
        }
        Py_INCREF(v);
        return key_make(type, v);
    }
    if (!PyLong_Check(v)) {
        type_error(kind == SEQUENCE_KEY ? "SequenceKey: idx" : "FlattenedIndexKey: key", "int", v);
        return NULL;
    }
    Py_ssize_t i = PyLong_AsSsize_t(v);
    if (i == -1 && PyErr_Occurred()) return NULL;
    return key_make(type, PyLong_FromSsize_t(i));
}

static int key_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Key *)self)->v);
    return 0;
}

// There is no clear: a key is immutable, so every cycle through it has another member that breaks it.
static void key_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Key *)self)->v);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyObject *key_str(PyObject *self) {
    PyObject *v = ((Key *)self)->v;
    switch (key_kind(Py_TYPE(self))) {
    case SEQUENCE_KEY: return PyUnicode_FromFormat("[%S]", v);
    case DICT_KEY: return PyUnicode_FromFormat("[%R]", v);
    case GETATTR_KEY: return PyUnicode_FromFormat(".%U", v);
    default: return PyUnicode_FromFormat("[<flat index %S>]", v);
    }
}

static PyObject *key_repr(PyObject *self) {
    int kind = key_kind(Py_TYPE(self));
    PyObject *v = ((Key *)self)->v;
    // The quotes around a name are literal, as in JAX: GetAttrKey(name='a').
    const char *format = kind == GETATTR_KEY ? "%s(%s='%U')" : "%s(%s=%R)";
    return PyUnicode_FromFormat(format, key_names[kind], key_attrs[kind], v);
}

static PyObject *key_richcompare(PyObject *a, PyObject *b, int op) {
    int kind = key_kind(Py_TYPE(a));
    if ((op != Py_EQ && op != Py_NE) || kind < 0) Py_RETURN_NOTIMPLEMENTED;
    int equal = 0;
    if (PyType_IsSubtype(Py_TYPE(b), key_types[kind])) {
        equal = PyObject_RichCompareBool(((Key *)a)->v, ((Key *)b)->v, Py_EQ);
        if (equal < 0) return NULL;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static Py_hash_t key_hash(PyObject *self) {
    int kind = key_kind(Py_TYPE(self));
    Py_hash_t h = PyObject_Hash(((Key *)self)->v);
    // So that index keys of the two kinds hash apart; any two numbers would do, these are JAX's.
    if (kind == SEQUENCE_KEY) h += 1;
    if (kind == FLATTENED_INDEX_KEY) h += 42;
    return h == -1 && !PyErr_Occurred() ? -2 : h;
}

static PyObject *key_reduce(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    return Py_BuildValue("(O(O))", Py_TYPE(self), ((Key *)self)->v);
}

static PyMethodDef key_methods[] = {{"__reduce__", key_reduce, METH_NOARGS, NULL}, {NULL}};

static int add_key_types(PyObject *module) {
    static const char *const full[NKEYS] = {"jaxgo.tree_util.SequenceKey", "jaxgo.tree_util.DictKey",
                                            "jaxgo.tree_util.GetAttrKey", "jaxgo.tree_util.FlattenedIndexKey"};
    static PyMemberDef members[NKEYS][2];
    for (int k = 0; k < NKEYS; k++) {
        members[k][0] = (PyMemberDef){key_attrs[k], T_OBJECT_EX, offsetof(Key, v), READONLY, NULL};
        PyType_Slot slots[] = {
            {Py_tp_new, key_new},         {Py_tp_dealloc, key_dealloc}, {Py_tp_traverse, key_traverse},
            {Py_tp_str, key_str},         {Py_tp_repr, key_repr},       {Py_tp_richcompare, key_richcompare},
            {Py_tp_hash, key_hash},       {Py_tp_methods, key_methods}, {Py_tp_members, members[k]},
            {Py_tp_doc, "One entry of the path to a leaf of a pytree."}, {0, NULL}};
        PyType_Spec spec = {full[k], sizeof(Key), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
                            slots};
        PyObject *type = PyType_FromSpec(&spec);
        if (!type) return -1;
        key_types[k] = (PyTypeObject *)type;
        PyObject *match = Py_BuildValue("(s)", key_attrs[k]);
        int bad = !match || PyObject_SetAttrString(type, "__match_args__", match) < 0;
        Py_XDECREF(match);
        if (bad || PyModule_AddObjectRef(module, key_names[k], type) < 0) return -1;
    }
    return 0;
}

// ---- Registries ----

static inline size_t pointer_hash(const void *p) {
    return (size_t)(((uint64_t)(uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static inline registration *registry_find(Registry *r, PyObject *type) {
    for (size_t i = pointer_hash(type) & r->mask; r->slots[i].type; i = (i + 1) & r->mask) {
        if (r->slots[i].type == type) return r->slots[i].reg;
    }
    return NULL;
}

static void registration_free(registration *g) {
    if (!g) return;
    Py_XDECREF(g->type);
    Py_XDECREF(g->to_iter);
    Py_XDECREF(g->from_iter);
    Py_XDECREF(g->to_iter_keys);
    Py_XDECREF(g->data_fields);
    Py_XDECREF(g->meta_fields);
    PyMem_Free(g);
}

static registration *registration_new(PyObject *type, enum kind kind) {
    registration *g = PyMem_Calloc(1, sizeof *g);
    if (!g) {
        PyErr_NoMemory();
        return NULL;
    }
    Py_INCREF(type);
    g->type = type;
    g->kind = kind;
    return g;
}

// Takes over g, also on failure. A type that was noted as a leaf may become a node.
static int registry_add(Registry *r, registration *g) {
    if (!g) return -1;
    if (2 * (r->used + 1) > r->mask + 1) {
        size_t mask = 2 * r->mask + 1;
        struct slot *slots = PyMem_Calloc(mask + 1, sizeof *slots);
        if (!slots) {
            registration_free(g);
            PyErr_NoMemory();
            return -1;
        }
        for (size_t j = 0; j <= r->mask; j++) {
            if (!r->slots[j].type) continue;
            size_t i = pointer_hash(r->slots[j].type) & mask;
            while (slots[i].type) i = (i + 1) & mask;
            slots[i] = r->slots[j];
        }
        PyMem_Free(r->slots);
        r->slots = slots;
        r->mask = mask;
    }
    size_t i = pointer_hash(g->type) & r->mask;
    while (r->slots[i].type && r->slots[i].type != g->type) i = (i + 1) & r->mask;
    registration *old = r->slots[i].reg;
    r->slots[i] = (struct slot){g->type, g};
    if (!old) r->used++;
    registration_free(old);
    return 0;
}

static int registry_add_builtin(Registry *r, PyTypeObject *type, enum kind kind) {
    return registry_add(r, registration_new((PyObject *)type, kind));
}

static PyObject *registry_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"enable_none", "enable_tuple", "enable_namedtuple", "enable_list", "enable_dict", NULL};
    int none = 1, tuple = 1, namedtuple = 1, list = 1, dict = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|ppppp:PyTreeRegistry", names, &none, &tuple, &namedtuple, &list,
                                     &dict))
        return NULL;
    struct slot *slots = PyMem_Calloc(64, sizeof *slots);
    if (!slots) return PyErr_NoMemory();
    Registry *r = (Registry *)PyType_GenericAlloc(type, 0);
    if (!r) {
        PyMem_Free(slots);
        return NULL;
    }
    r->slots = slots;
    r->mask = 63;
    r->namedtuples = namedtuple;
    if ((none && registry_add_builtin(r, Py_TYPE(Py_None), NONE) < 0) ||
        (tuple && registry_add_builtin(r, &PyTuple_Type, TUPLE) < 0) ||
        (list && registry_add_builtin(r, &PyList_Type, LIST) < 0) ||
        (dict && registry_add_builtin(r, &PyDict_Type, DICT) < 0)) {
        Py_DECREF(r);
        return NULL;
    }
    return (PyObject *)r;
}

static int registry_traverse(PyObject *self, visitproc visit, void *arg) {
    Registry *r = (Registry *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(r->dict);
    for (size_t i = 0; r->slots && i <= r->mask; i++) {
        registration *g = r->slots[i].reg;
        if (!g) continue;
        Py_VISIT(g->type);
        Py_VISIT(g->to_iter);
        Py_VISIT(g->from_iter);
        Py_VISIT(g->to_iter_keys);
        Py_VISIT(g->data_fields);
        Py_VISIT(g->meta_fields);
    }
    return 0;
}

// Registrations stay, because treedefs point to them; classes and functions in a cycle with the
// registry have a clear of their own.
static int registry_clear(PyObject *self) {
    Py_CLEAR(((Registry *)self)->dict);
    return 0;
}

static void registry_dealloc(PyObject *self) {
    Registry *r = (Registry *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(r->dict);
    for (size_t i = 0; r->slots && i <= r->mask; i++) registration_free(r->slots[i].reg);
    PyMem_Free(r->slots);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

// Adds what may not be registered twice. Takes over g.
static PyObject *registry_register(Registry *r, registration *g, const char *duplicate) {
    if (!g) return NULL;
    registration *old = registry_find(r, g->type);
    if (old && old->kind != LEAF) {
        PyErr_Format(PyExc_ValueError, duplicate, g->type);
        registration_free(g);
        return NULL;
    }
    if (registry_add(r, g) < 0) return NULL;
    Py_RETURN_NONE;
}

static int need_type(PyObject *o, const char *where) {
    if (PyType_Check(o)) return 0;
    type_error(where, "a type", o);
    return -1;
}

static PyObject *registry_register_node(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    static const char *const names[] = {"type", "to_iterable", "from_iterable", "to_iterable_with_keys"};
    PyObject *a[4];
    if (parse_args("register_node", args, nargs, kwnames, names, 3, 4, a) < 0) return NULL;
    if (a[3] == Py_None) a[3] = NULL;
    if (need_type(a[0], "register_node: type") < 0 || need_callable(a[1], "register_node: to_iterable") < 0 ||
        need_callable(a[2], "register_node: from_iterable") < 0 ||
        (a[3] && need_callable(a[3], "register_node: to_iterable_with_keys") < 0))
        return NULL;
    registration *g = registration_new(a[0], CUSTOM);
    if (!g) return NULL;
    Py_INCREF(a[1]);
    g->to_iter = a[1];
    Py_INCREF(a[2]);
    g->from_iter = a[2];
    Py_XINCREF(a[3]);
    g->to_iter_keys = a[3];
    return registry_register((Registry *)self, g, "Duplicate custom PyTreeDef type registration for %R.");
}

// A new tuple of the strings in o.
static PyObject *field_tuple(PyObject *o, const char *where) {
    PyObject *t = PySequence_Tuple(o);
    for (Py_ssize_t i = 0; t && i < PyTuple_Size(t); i++) {
        if (!PyUnicode_Check(PyTuple_GetItem(t, i))) {
            type_error(where, "a sequence of str", PyTuple_GetItem(t, i));
            Py_CLEAR(t);
        }
    }
    return t;
}

static PyObject *registry_register_dataclass(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                             PyObject *kwnames) {
    static const char *const names[] = {"type", "data_fields", "meta_fields"};
    PyObject *a[3];
    if (parse_args("register_dataclass_node", args, nargs, kwnames, names, 3, 3, a) < 0) return NULL;
    if (need_type(a[0], "register_dataclass_node: type") < 0) return NULL;
    registration *g = registration_new(a[0], DATACLASS);
    if (!g) return NULL;
    if (!(g->data_fields = field_tuple(a[1], "register_dataclass_node: data_fields")) ||
        !(g->meta_fields = field_tuple(a[2], "register_dataclass_node: meta_fields"))) {
        registration_free(g);
        return NULL;
    }
    return registry_register((Registry *)self, g, "Duplicate custom dataclass PyTreeDef type registration for %R.");
}

static PyObject *registry_is_node(PyObject *self, PyObject *type) {
    registration *g = registry_find((Registry *)self, type);
    if (g && g->kind != LEAF) Py_RETURN_TRUE;
    return PyBool_FromLong(PyType_Check(type) && PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type) &&
                           PyObject_HasAttr(type, str_fields));
}

static PyObject *registry_reduce(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    return PyObject_GetAttr(self, str_name);
}

int jg_pytree_leaf_type(PyObject *type) {
    return registry_find(default_registry, type) ? 0 : registry_add(default_registry, registration_new(type, LEAF));
}

static enum kind classify(Registry *r, PyObject *o, registration **reg) {
    registration *g = registry_find(r, (PyObject *)Py_TYPE(o));
    *reg = g;
    if (g) return g->kind;
    if (r->namedtuples && PyTuple_Check(o) && PyObject_HasAttr(o, str_fields)) return NAMEDTUPLE;
    return LEAF;
}

// ---- The relation `same` ----

// Tuples are looked into, because aux data is often a fresh tuple of names and numbers.
enum { SAME_DEPTH = 8 };

static uint64_t same_hash(PyObject *o, int depth) {
    PyTypeObject *t = Py_TYPE(o);
    if (t == &PyUnicode_Type || t == &PyLong_Type || t == &PyBytes_Type) return (uint64_t)PyObject_Hash(o);
    if (t == &PyFloat_Type) {
        double d = PyFloat_AsDouble(o);
        uint64_t bits;
        memcpy(&bits, &d, sizeof bits);
        return bits;
    }
    if (t == &PyTuple_Type && depth > 0) {
        Py_ssize_t n = PyTuple_Size(o);
        uint64_t h = (uint64_t)n;
        for (Py_ssize_t i = 0; i < n; i++) h = mix(h, same_hash(PyTuple_GetItem(o, i), depth - 1));
        return h;
    }
    return (uint64_t)(uintptr_t)o;
}

static int same(PyObject *a, PyObject *b, int depth) {
    if (a == b) return 1;
    PyTypeObject *t = Py_TYPE(a);
    if (t != Py_TYPE(b)) return 0;
    if (t == &PyUnicode_Type) return PyUnicode_Compare(a, b) == 0;
    if (t == &PyLong_Type || t == &PyBytes_Type) return PyObject_RichCompareBool(a, b, Py_EQ) == 1;
    if (t == &PyFloat_Type) return same_hash(a, 0) == same_hash(b, 0);  // bitwise: -0.0 is not 0.0
    if (t == &PyTuple_Type && depth > 0) {
        Py_ssize_t n = PyTuple_Size(a);
        if (n != PyTuple_Size(b)) return 0;
        for (Py_ssize_t i = 0; i < n; i++) {
            if (!same(PyTuple_GetItem(a, i), PyTuple_GetItem(b, i), depth - 1)) return 0;
        }
        return 1;
    }
    return 0;
}

// ---- Tables of treedefs ----

static int table_init(table *t) {
    t->mask = 255;
    t->buckets = PyMem_Calloc(t->mask + 1, sizeof *t->buckets);
    return t->buckets ? 0 : -1;
}

static void table_link(entry **bucket, entry *l) {
    l->next = *bucket;
    if (l->next) l->next->pprev = &l->next;
    l->pprev = bucket;
    *bucket = l;
}

static void table_insert(table *t, entry *l, uint64_t hash) {
    if (t->n > t->mask) {
        size_t mask = 2 * t->mask + 1;
        entry **buckets = PyMem_Calloc(mask + 1, sizeof *buckets);
        if (buckets) {  // without memory the chains grow instead
            for (size_t j = 0; j <= t->mask; j++) {
                while (t->buckets[j]) {
                    entry *m = t->buckets[j];
                    t->buckets[j] = m->next;
                    table_link(&buckets[m->hash & mask], m);
                }
            }
            PyMem_Free(t->buckets);
            t->buckets = buckets;
            t->mask = mask;
        }
    }
    l->hash = hash;
    table_link(&t->buckets[hash & t->mask], l);
    t->n++;
}

static void table_remove(table *t, entry *l) {
    if (!l->pprev) return;
    *l->pprev = l->next;
    if (l->next) l->next->pprev = l->pprev;
    l->pprev = NULL;
    t->n--;
}

static entry *table_first(table *t, uint64_t hash) { return t->buckets[hash & t->mask]; }

#define TREEDEF_OF(l, member) ((PyTreeDef *)((char *)(l) - offsetof(PyTreeDef, member)))

// ---- Building treedefs ----

// A builder collects the nodes of one treedef, and with them its hash. Flattening runs user code, which
// may flatten again, so each call has its own; they are kept for reuse.
typedef struct builder {
    struct builder *next;
    Registry *registry;
    uint64_t hash;
    node *nodes;
    Py_ssize_t n, cap;
    Py_ssize_t num_leaves;
    stack objs;
    // What follows only flattening uses.
    jg_leaves *out;
    PyObject *is_leaf;        // NULL: none
    PyTypeObject *last_leaf;  // a type known to be a leaf; alive, since such a leaf is in out
    int with_path;
    stack held;  // children and objects of the nodes whose subtrees are under way
    stack path;
} builder;

static builder *free_builders;

static builder *builder_get(Registry *r) {
    builder *b = free_builders;
    if (b) {
        free_builders = b->next;
    } else {
        b = PyMem_Calloc(1, sizeof *b);
        if (!b) {
            PyErr_NoMemory();
            return NULL;
        }
    }
    b->registry = r;
    b->hash = (uint64_t)(uintptr_t)r;
    b->out = NULL;
    b->is_leaf = NULL;
    b->last_leaf = NULL;
    b->with_path = 0;
    return b;
}

static void builder_put(builder *b) {
    stack_cut(&b->path, 0);
    stack_cut(&b->held, 0);
    stack_cut(&b->objs, 0);
    b->n = b->num_leaves = 0;
    // One huge tree should not hold its scratch memory forever.
    if (b->cap > 1 << 14 || b->objs.cap > 1 << 14 || b->held.cap > 1 << 14) {
        PyMem_Free(b->nodes);
        PyMem_Free(b->objs.v);
        PyMem_Free(b->held.v);
        PyMem_Free(b->path.v);
        PyMem_Free(b);
        return;
    }
    b->next = free_builders;
    free_builders = b;
}

static int builder_grow(builder *b) {
    if (b->n >= INT32_MAX - 1) {
        PyErr_SetString(PyExc_ValueError, "pytree has too many nodes");
        return -1;
    }
    Py_ssize_t cap = b->cap ? 2 * b->cap : 64;
    node *nodes = PyMem_Realloc(b->nodes, cap * sizeof *nodes);
    if (!nodes) {
        PyErr_NoMemory();
        return -1;
    }
    b->nodes = nodes;
    b->cap = cap;
    return 0;
}

static inline int push_leaf_node(builder *b) {
    if (b->n == b->cap && builder_grow(b) < 0) return -1;
    b->nodes[b->n++] = (node){.kind = LEAF, .num_leaves = 1, .num_nodes = 1, .obj = (int32_t)b->objs.n};
    b->hash = mix(b->hash, LEAF);
    b->num_leaves++;
    return 0;
}

// Adds a node over everything since the counts n0 and leaves0. Its nobj objects were pushed to b->objs.
static int push_node(builder *b, enum kind kind, Py_ssize_t arity, const registration *reg, Py_ssize_t nobj,
                     Py_ssize_t n0, Py_ssize_t leaves0) {
    if (b->n == b->cap && builder_grow(b) < 0) return -1;
    if (b->objs.n > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "pytree has too many keys");
        return -1;
    }
    uint64_t h = mix(b->hash, (uint64_t)arity << 4 | kind);
    if (reg) h = mix(h, (uint64_t)(uintptr_t)reg);
    for (Py_ssize_t i = b->objs.n - nobj; i < b->objs.n; i++) h = mix(h, same_hash(b->objs.v[i], SAME_DEPTH));
    b->hash = h;
    b->nodes[b->n] = (node){
        .kind = kind,
        .arity = (int32_t)arity,
        .num_leaves = (int32_t)(b->num_leaves - leaves0),
        .num_nodes = (int32_t)(b->n + 1 - n0),
        .obj = (int32_t)(b->objs.n - nobj),
        .nobj = (int32_t)nobj,
        .reg = reg,
    };
    b->n++;
    return 0;
}

// Appends a node of another treedef, whose children are the subtrees since n0 and leaves0.
static int push_copy(builder *b, PyTreeDef *t, const node *d, Py_ssize_t n0, Py_ssize_t leaves0) {
    if (d->kind == LEAF) return push_leaf_node(b);
    for (int32_t i = 0; i < d->nobj; i++) {
        PyObject *o = t->objs[d->obj + i];
        Py_INCREF(o);
        if (stack_push(&b->objs, o) < 0) return -1;
    }
    return push_node(b, d->kind, d->arity, d->reg, d->nobj, n0, leaves0);
}

// Appends the nodes [from, to) of t, which must be whole subtrees.
static int push_range(builder *b, PyTreeDef *t, Py_ssize_t from, Py_ssize_t to) {
    for (Py_ssize_t i = from; i < to; i++) {
        const node *d = &t->nodes[i];
        if (push_copy(b, t, d, b->n + 1 - d->num_nodes, b->num_leaves - d->num_leaves) < 0) return -1;
    }
    return 0;
}

static int same_objects(PyObject **a, PyObject **b, Py_ssize_t n) {
    for (Py_ssize_t i = 0; i < n; i++) {
        if (a[i] != b[i] && !same(a[i], b[i], SAME_DEPTH)) return 0;
    }
    return 1;
}

// The treedef of the builder's nodes: the interned one where there is one.
static PyObject *builder_finish(builder *b) {
    for (entry *l = table_first(&interned, b->hash); l; l = l->next) {
        PyTreeDef *t = TREEDEF_OF(l, interned);
        if (l->hash == b->hash && t->registry == b->registry && t->n == b->n && t->nobj == b->objs.n &&
            !memcmp(t->nodes, b->nodes, b->n * sizeof *b->nodes) && same_objects(t->objs, b->objs.v, t->nobj)) {
            Py_INCREF((PyObject *)t);
            return (PyObject *)t;
        }
    }
    size_t size = b->n * sizeof(node), objs_size = b->objs.n * sizeof(PyObject *);
    node *nodes = PyMem_Malloc(size + objs_size);
    if (!nodes) return PyErr_NoMemory();
    PyTreeDef *t = PyObject_GC_New(PyTreeDef, treedef_type);
    if (!t) {
        PyMem_Free(nodes);
        return NULL;
    }
    memset((char *)t + sizeof(PyObject), 0, sizeof *t - sizeof(PyObject));
    Py_INCREF((PyObject *)b->registry);
    t->registry = b->registry;
    t->nodes = nodes;
    t->n = (int32_t)b->n;
    memcpy(nodes, b->nodes, size);
    t->objs = (PyObject **)((char *)nodes + size);
    t->nobj = (int32_t)b->objs.n;
    if (objs_size) memcpy(t->objs, b->objs.v, objs_size);
    b->objs.n = 0;
    table_insert(&interned, &t->interned, b->hash);
    PyObject_GC_Track(t);
    return (PyObject *)t;
}

// ---- PyTreeDef: lifetime ----

static int treedef_traverse(PyObject *self, visitproc visit, void *arg) {
    PyTreeDef *t = (PyTreeDef *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(t->registry);
    for (int32_t i = 0; i < t->nobj; i++) Py_VISIT(t->objs[i]);
    return 0;
}

static void treedef_free(PyTreeDef *t) {
    PyTypeObject *type = treedef_type;
    for (int32_t i = 0; i < t->nobj; i++) Py_DECREF(t->objs[i]);
    Py_DECREF(t->registry);
    PyMem_Free(t->nodes);
    PyObject_GC_Del(t);
    Py_DECREF(type);
}

// Like a tuple a treedef has no clear: it is immutable, so another member breaks any cycle. Aux data
// may hold a treedef whose aux data holds a treedef, and so on; the chain is freed in a loop here once it
// is 50 deep, lest it exhaust the C stack.
static void treedef_dealloc(PyObject *self) {
    static int depth;
    static entry *pending;
    PyTreeDef *t = (PyTreeDef *)self;
    PyObject_GC_UnTrack(self);
    table_remove(&interned, &t->interned);
    table_remove(&classes, &t->class);
    if (depth >= 50) {
        t->interned.next = pending;
        pending = &t->interned;
        return;
    }
    depth++;
    treedef_free(t);
    depth--;
    while (depth == 0 && pending) {
        PyTreeDef *p = TREEDEF_OF(pending, interned);
        pending = pending->next;
        depth++;
        treedef_free(p);
        depth--;
    }
}

static PyObject *treedef_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)type, (void)args, (void)kwargs;
    PyErr_SetString(PyExc_TypeError, "PyTreeDef: no constructor defined!");
    return NULL;
}

// ---- PyTreeDef: equality, hash, id ----

// Whether a != b by Python's !=; -1 on error. Identical objects count as equal whatever they say.
static int differ(PyObject *a, PyObject *b) {
    if (a == b) return 0;
    PyObject *r = PyObject_RichCompare(a, b, Py_NE);
    if (!r) return -1;
    int ne = PyObject_IsTrue(r);
    Py_DECREF(r);
    return ne;
}

static int treedefs_equal(PyTreeDef *a, PyTreeDef *b) {
    if (a == b) return 1;
    if (a->n != b->n || a->nobj != b->nobj) return 0;
    for (int32_t i = 0; i < a->n; i++) {
        const node *x = &a->nodes[i], *y = &b->nodes[i];
        if (x->kind != y->kind || x->arity != y->arity || x->nobj != y->nobj) return 0;
        // The same type may be registered in two registries.
        if (x->reg != y->reg && (x->reg->type != y->reg->type || x->reg->from_iter != y->reg->from_iter)) return 0;
    }
    for (int32_t i = 0; i < a->n; i++) {
        const node *x = &a->nodes[i];
        for (int32_t j = x->obj; j < x->obj + x->nobj; j++) {
            int ne = differ(a->objs[j], b->objs[j]);
            if (ne < 0 && x->kind != DICT) {
                raise_value_error_from(
                    "Exception raised while checking equality of metadata fields of pytree. Make sure that metadata "
                    "fields are hashable and have simple equality semantics. (Note: arrays cannot be passed as "
                    "metadata fields!)");
            }
            if (ne) return ne < 0 ? -1 : 0;
        }
    }
    return 1;
}

// Aux data without a hash is left out: it must still be possible to use it under jit, where only a
// second structure alike makes its equality matter.
static int treedef_set_eqhash(PyTreeDef *t) {
    if (t->has_eqhash) return 0;
    if (Py_EnterRecursiveCall(" while hashing a PyTreeDef")) return -1;
    int unhashable = 0, ok = 1;
    uint64_t h = (uint64_t)t->n;
    for (int32_t i = 0; ok && i < t->n; i++) {
        const node *d = &t->nodes[i];
        h = mix(h, (uint64_t)d->arity << 4 | d->kind);
        if (d->reg) h = mix(mix(h, (uint64_t)(uintptr_t)d->reg->type), (uint64_t)(uintptr_t)d->reg->from_iter);
        for (int32_t j = d->obj; j < d->obj + d->nobj; j++) {
            Py_hash_t x = PyObject_Hash(t->objs[j]);
            if (x == -1) {
                if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_RecursionError)) {
                    ok = 0;
                    break;
                }
                PyErr_Clear();
                unhashable = 1;
            }
            h = mix(h, (uint64_t)x);
        }
    }
    Py_LeaveRecursiveCall();
    if (!ok) return -1;
    t->eqhash = h;
    t->unhashable = unhashable;
    t->has_eqhash = 1;
    return 0;
}

uint64_t jg_treedef_id(PyObject *self) {
    PyTreeDef *t = (PyTreeDef *)self;
    if (t->id) return t->id;
    if (treedef_set_eqhash(t) < 0) return 0;
    // Comparing runs user code, during which the table may change: first take hold of the candidates.
    stack candidates = {0};
    for (entry *l = table_first(&classes, t->eqhash); l; l = l->next) {
        if (l->hash != t->eqhash) continue;
        PyObject *c = (PyObject *)TREEDEF_OF(l, class);
        Py_INCREF(c);
        if (stack_push(&candidates, c) < 0) {
            stack_cut(&candidates, 0);
            PyMem_Free(candidates.v);
            return 0;
        }
    }
    uint64_t id = 0;
    int equal = 0;
    for (Py_ssize_t i = 0; i < candidates.n && !equal; i++) {
        PyTreeDef *c = (PyTreeDef *)candidates.v[i];
        equal = treedefs_equal(c, t);
        if (equal > 0) id = c->id;
    }
    if (equal >= 0 && !t->id) {
        t->id = id ? id : ++last_id;
        table_insert(&classes, &t->class, t->eqhash);
    }
    stack_cut(&candidates, 0);
    PyMem_Free(candidates.v);
    return equal < 0 ? 0 : t->id;
}

static PyObject *treedef_richcompare(PyObject *a, PyObject *b, int op) {
    if ((op != Py_EQ && op != Py_NE) || !jg_treedef_check(a) || !jg_treedef_check(b)) Py_RETURN_NOTIMPLEMENTED;
    PyTreeDef *x = (PyTreeDef *)a, *y = (PyTreeDef *)b;
    int equal;
    // What cannot be hashed may be mutable, so that an id once given does not settle equality.
    if (x->id && y->id && !x->unhashable && !y->unhashable) {
        equal = x->id == y->id;
    } else {
        equal = treedefs_equal(x, y);
        if (equal < 0) return NULL;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static Py_hash_t treedef_hash(PyObject *self) {
    PyTreeDef *t = (PyTreeDef *)self;
    if (treedef_set_eqhash(t) < 0) return -1;
    Py_hash_t h = (Py_hash_t)t->eqhash;
    return h == -1 ? -2 : h;
}

// ---- Flattening ----

// 1 or 0; -1 on error.
static int key_less(PyObject *a, PyObject *b) {
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b)) return PyUnicode_Compare(a, b) < 0;
    return PyObject_RichCompareBool(a, b, Py_LT);
}

// Sorts k[0..n) stably, and v alike unless it is NULL. On error both still hold each of their elements.
// tk and tv have room for n/2.
static int merge_sort(PyObject **k, PyObject **v, Py_ssize_t n, PyObject **tk, PyObject **tv) {
    if (n < 2) return 0;
    Py_ssize_t half = n / 2, i = 0, j = half, to = 0;
    if (merge_sort(k, v, half, tk, tv) < 0 || merge_sort(k + half, v ? v + half : NULL, n - half, tk, tv) < 0)
        return -1;
    int less = key_less(k[half], k[half - 1]);
    if (less <= 0) return less;
    memcpy(tk, k, half * sizeof *k);
    if (v) memcpy(tv, v, half * sizeof *v);
    while (i < half && j < n) {
        less = key_less(k[j], tk[i]);
        if (less < 0) break;
        if (v) v[to] = less ? v[j] : tv[i];
        k[to++] = less ? k[j++] : tk[i++];
    }
    memcpy(k + to, tk + i, (half - i) * sizeof *k);
    if (v) memcpy(v + to, tv + i, (half - i) * sizeof *v);
    return less < 0 ? -1 : 0;
}

static int sort_keys(PyObject **k, PyObject **v, Py_ssize_t n) {
    PyObject *small[64];
    PyObject **tmp = n <= 64 ? small : PyMem_Malloc(n * sizeof *tmp);
    if (!tmp) {
        PyErr_NoMemory();
        return -1;
    }
    int r = merge_sort(k, v, n, tmp, tmp + n / 2);
    if (tmp != small) PyMem_Free(tmp);
    if (r < 0) raise_value_error_from("Comparator raised exception while sorting pytree dictionary keys.");
    return r;
}

// The orders of the dicts sorted last: dicts with the same strings in the same places, as a training step flattens them again
// and again, are not sorted anew. The keys are held, so that identity tells them.
#define ORDER_MIN 8
#define ORDER_MAX 64
static struct order {
    Py_ssize_t n;
    PyObject *keys[ORDER_MAX];    // as the dict has them
    unsigned char at[ORDER_MAX];  // the place in keys of each sorted key
} orders[4];

static int order_apply(const struct order *o, PyObject **k, PyObject **v, Py_ssize_t n) {
    if (o->n != n || memcmp(o->keys, k, n * sizeof *k) != 0) return 0;
    PyObject *tmp[ORDER_MAX];
    for (Py_ssize_t i = 0; i < n; i++) k[i] = o->keys[o->at[i]];
    if (v) {
        memcpy(tmp, v, n * sizeof *v);
        for (Py_ssize_t i = 0; i < n; i++) v[i] = tmp[o->at[i]];
    }
    return 1;
}

static void order_keep(struct order *o, PyObject **before, PyObject **after, Py_ssize_t n) {
    Py_ssize_t had = o->n;
    PyObject *old[ORDER_MAX];
    memcpy(old, o->keys, had * sizeof *old);
    memcpy(o->keys, before, n * sizeof *before);
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_INCREF(before[i]);
        for (Py_ssize_t j = 0; j < n; j++)
            if (before[j] == after[i]) o->at[i] = (unsigned char)j;
    }
    o->n = n;
    for (Py_ssize_t i = 0; i < had; i++) Py_DECREF(old[i]);  // strings: no Python code runs
}

// Pushes the sorted keys of a dict to s, followed by their values if asked for. Returns their number or -1.
static Py_ssize_t push_dict(stack *s, PyObject *dict, int values) {
    Py_ssize_t n = PyDict_Size(dict), pos = 0, i = 0;
    if (n < 0 || stack_reserve(s, 2 * n) < 0) return -1;
    PyObject *key, *value, *prev = NULL, **k = s->v + s->n, **v = k + n;
    int sorted = 1, strings = 1;
    // No Python code runs in this loop, so the dict does not change.
    while (i < n && PyDict_Next(dict, &pos, &key, &value)) {
        Py_INCREF(key);
        k[i] = key;
        if (values) {
            Py_INCREF(value);
            v[i] = value;
        }
        strings &= PyUnicode_CheckExact(key);
        if (sorted && prev) sorted = strings && key_less(prev, key);
        prev = key;
        i++;
    }
    s->n += values ? 2 * n : n;
    if (!values) v = NULL;
    if (sorted) return n;
    if (!strings || n < ORDER_MIN || n > ORDER_MAX) return sort_keys(k, v, n) == 0 ? n : -1;
    struct order *o = &orders[n % 4];
    if (order_apply(o, k, v, n)) return n;
    PyObject *before[ORDER_MAX];
    memcpy(before, k, n * sizeof *k);
    if (sort_keys(k, v, n) < 0) return -1;
    order_keep(o, before, k, n);
    return n;
}

// Calls a registered flatten function. Returns the children, known to be iterable, and sets *aux.
static PyObject *call_flatten(const registration *g, PyObject *o, PyObject **aux) {
    PyObject *out = PyObject_CallFunctionObjArgs(g->to_iter, o, NULL);
    if (!out) return NULL;
    if (!PyTuple_Check(out) || PyTuple_Size(out) != 2) {
        PyErr_Format(PyExc_ValueError,
                     "The to_iterable function for a custom PyTree node should return a (children, aux_data) tuple, "
                     "got %R",
                     out);
        Py_DECREF(out);
        return NULL;
    }
    PyObject *children = PyTuple_GetItem(out, 0);
    if (!PyTuple_CheckExact(children) && !PyList_CheckExact(children)) {
        PyObject *it = PyObject_GetIter(children);
        if (!it) {
            if (PyErr_ExceptionMatches(PyExc_TypeError)) {
                PyErr_Clear();
                PyErr_Format(PyExc_ValueError,
                             "The to_iterable function for a custom PyTree node should return a (children, aux_data) "
                             "tuple where 'children' is iterable, got %R",
                             out);
            }
            Py_DECREF(out);
            return NULL;
        }
        Py_DECREF(it);
    }
    *aux = PyTuple_GetItem(out, 1);
    Py_INCREF(*aux);
    Py_INCREF(children);
    Py_DECREF(out);
    return children;
}

// As call_flatten, but the children as a tuple.
static PyObject *call_flatten_tuple(const registration *g, PyObject *o, PyObject **aux) {
    PyObject *children = call_flatten(g, o, aux);
    if (!children || PyTuple_CheckExact(children)) return children;
    PyObject *t = PySequence_Tuple(children);
    Py_DECREF(children);
    if (!t) Py_CLEAR(*aux);
    return t;
}

// Returns a new list of (key, child) pairs and sets *aux. Types without keys get index keys.
static PyObject *call_flatten_with_keys(const registration *g, PyObject *o, PyObject **aux) {
    PyObject *pairs, *out;
    if (!g->to_iter_keys) {
        PyObject *children = call_flatten_tuple(g, o, aux);
        if (!children) return NULL;
        Py_ssize_t n = PyTuple_Size(children);
        pairs = PyList_New(n);
        for (Py_ssize_t i = 0; pairs && i < n; i++) {
            PyObject *key = index_key(FLATTENED_INDEX_KEY, i);
            PyObject *pair = key ? PyTuple_Pack(2, key, PyTuple_GetItem(children, i)) : NULL;
            Py_XDECREF(key);
            if (pair) PyList_SetItem(pairs, i, pair);
            else Py_CLEAR(pairs);
        }
        Py_DECREF(children);
        if (!pairs) Py_CLEAR(*aux);
        return pairs;
    }
    out = PyObject_CallFunctionObjArgs(g->to_iter_keys, o, NULL);
    if (!out) return NULL;
    if (!PyTuple_Check(out) || PyTuple_Size(out) != 2) {
        PyErr_Format(PyExc_ValueError,
                     "The to_iterable_with_keys function for a custom PyTree node should return a (key_leaf_pairs, "
                     "aux_data) tuple, got %R",
                     out);
        Py_DECREF(out);
        return NULL;
    }
    PyObject *it = PyObject_GetIter(PyTuple_GetItem(out, 0));
    if (!it && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError,
                     "The to_iterable_with_keys function for a custom PyTree node should return a (key_leaf_pairs, "
                     "aux_data) tuple where 'key_leaf_pairs' is iterable, got %R",
                     out);
    }
    pairs = it ? PySequence_List(it) : NULL;
    Py_XDECREF(it);
    for (Py_ssize_t i = 0; pairs && i < PyList_Size(pairs); i++) {
        PyObject *pair = PyList_GetItem(pairs, i);
        if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2) {
            PyErr_Format(PyExc_ValueError,
                         "The to_iterable_with_keys function for a custom PyTree node should return a "
                         "(key_leaf_pairs, aux_data) tuple where 'child' is a (key, leaf) pair, got %R",
                         pair);
            Py_CLEAR(pairs);
        }
    }
    if (pairs) {
        *aux = PyTuple_GetItem(out, 1);
        Py_INCREF(*aux);
    }
    Py_DECREF(out);
    return pairs;
}

// The tuple of field names of a namedtuple of n elements.
static PyObject *namedtuple_fields(PyObject *o, Py_ssize_t n) {
    PyObject *fields = PyObject_GetAttr(o, str_fields);
    if (fields && (!PyTuple_Check(fields) || PyTuple_Size(fields) != n)) {
        PyErr_SetString(PyExc_ValueError, "A namedtuple's _fields attribute should have the same size as the tuple.");
        Py_CLEAR(fields);
    }
    return fields;
}

static PyObject *namedtuple_key(PyObject *fields, Py_ssize_t i) {
    PyObject *name = PyObject_Str(PyTuple_GetItem(fields, i));
    return name ? key_make(key_types[GETATTR_KEY], name) : NULL;
}

static PyObject *path_tuple(builder *b) {
    PyObject *t = PyTuple_New(b->path.n);
    for (Py_ssize_t i = 0; t && i < b->path.n; i++) {
        Py_INCREF(b->path.v[i]);
        PyTuple_SetItem(t, i, b->path.v[i]);
    }
    return t;
}

// Takes over the reference.
static inline int push_leaf(builder *b, PyObject *o) {
    if (b->with_path) {
        PyObject *path = path_tuple(b), *pair = path ? PyTuple_Pack(2, path, o) : NULL;
        Py_XDECREF(path);
        Py_DECREF(o);
        if (!pair) return -1;
        o = pair;
    }
    jg_leaves *out = b->out;
    if ((out->n == out->cap && leaves_grow(out) < 0) || push_leaf_node(b) < 0) {
        Py_DECREF(o);
        return -1;
    }
    out->v[out->n++] = o;
    return 0;
}

static int ask_is_leaf(builder *b, PyObject *o) {
    PyObject *r;
    if (b->with_path) {
        PyObject *path = path_tuple(b);
        r = path ? PyObject_CallFunctionObjArgs(b->is_leaf, path, o, NULL) : NULL;
        Py_XDECREF(path);
    } else {
        r = PyObject_CallFunctionObjArgs(b->is_leaf, o, NULL);
    }
    if (!r) return -1;
    int leaf = r == Py_True ? 1 : r == Py_False || r == Py_None ? 0 : -1;
    if (leaf < 0)
        PyErr_Format(PyExc_ValueError, "is_leaf predicate returned a non-boolean value %R; expected a boolean", r);
    Py_DECREF(r);
    return leaf;
}

// A generator or the like as a leaf is nearly always a mistake. JAX names these types.
static int warn_iterator(PyObject *o) {
    PyTypeObject *const types[] = {generator_type,     &PyZip_Type,         &PyListIter_Type,      &PySetIter_Type,
                                   &PyMap_Type,        &PyFilter_Type,      &PyEnum_Type,          &PyReversed_Type,
                                   &PyTupleIter_Type,  &PyDictIterKey_Type, &PyDictIterValue_Type, &PyDictIterItem_Type,
                                   &PyDictValues_Type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!PyObject_TypeCheck(o, types[i])) continue;
        PyObject *name = PyType_GetName(Py_TYPE(o));
        int r = name ? PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                        "Python iterable type '%U' is treated as a leaf in PyTree. Use is_leaf to "
                                        "suppress this warning if you want this behavior. In a future version of JAX, "
                                        "this will become an error.",
                                        name)
                     : -1;
        Py_XDECREF(name);
        return r;
    }
    return 0;
}

static int flatten_node(builder *b, PyObject *o, enum kind kind, registration *reg);

// Flattens o, whose reference it takes over.
static int flatten(builder *b, PyObject *o) {
    registration *reg;
    PyTypeObject *type = Py_TYPE(o);
    if (b->is_leaf) {
        int leaf = ask_is_leaf(b, o);
        if (leaf > 0) return push_leaf(b, o);
        if (leaf < 0) goto fail;
    }
    if (type == b->last_leaf) return push_leaf(b, o);
    enum kind kind = classify(b->registry, o, &reg);
    if (kind != LEAF) {
        int r = flatten_node(b, o, kind, reg);
        Py_DECREF(o);
        return r;
    }
    if (!reg && !PyTuple_Check(o)) {
        if (PyIter_Check(o) || type == &PyDictValues_Type) {
            if (warn_iterator(o) < 0) goto fail;
            return push_leaf(b, o);
        }
        // Static types live forever, so what was found out about them can be kept.
        if (!(PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE) && registry_add_builtin(b->registry, type, LEAF) < 0)
            goto fail;
    }
    if (!PyTuple_Check(o)) b->last_leaf = type;
    return push_leaf(b, o);
fail:
    Py_DECREF(o);
    return -1;
}

// Flattens the child o, whose reference it takes over, at the key it takes over (NULL without paths).
static inline int flatten_at(builder *b, PyObject *key, PyObject *o) {
    if (!b->with_path) return flatten(b, o);
    if (stack_push(&b->path, key) < 0) {
        Py_DECREF(o);
        return -1;
    }
    int r = flatten(b, o);
    stack_cut(&b->path, b->path.n - 1);
    return r;
}

static int flatten_dict(builder *b, PyObject *o, Py_ssize_t n0, Py_ssize_t leaves0) {
    Py_ssize_t keys = b->held.n, n = push_dict(&b->held, o, 1);
    if (n < 0) return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *key = b->with_path ? object_key(DICT_KEY, b->held.v[keys + i]) : NULL;
        PyObject *value = b->held.v[keys + n + i];
        b->held.v[keys + n + i] = NULL;
        if (flatten_at(b, key, value) < 0) return -1;
    }
    if (stack_reserve(&b->objs, n) < 0) return -1;
    if (n) memcpy(b->objs.v + b->objs.n, b->held.v + keys, n * sizeof *b->objs.v);
    b->objs.n += n;
    b->held.n = keys;
    return push_node(b, DICT, n, NULL, n, n0, leaves0);
}

static int flatten_namedtuple(builder *b, PyObject *o, Py_ssize_t n0, Py_ssize_t leaves0) {
    Py_ssize_t n = PyTuple_Size(o);
    PyObject *fields = NULL;
    if (b->with_path && !(fields = namedtuple_fields(o, n))) return -1;
    int r = 0;
    for (Py_ssize_t i = 0; r == 0 && i < n; i++) {
        PyObject *child = PyTuple_GetItem(o, i);
        Py_INCREF(child);
        r = flatten_at(b, fields ? namedtuple_key(fields, i) : NULL, child);
    }
    Py_XDECREF(fields);
    if (r < 0) return -1;
    Py_INCREF((PyObject *)Py_TYPE(o));
    if (stack_push(&b->objs, (PyObject *)Py_TYPE(o)) < 0) return -1;
    return push_node(b, NAMEDTUPLE, n, NULL, 1, n0, leaves0);
}

static int flatten_custom(builder *b, PyObject *o, const registration *reg, Py_ssize_t n0, Py_ssize_t leaves0) {
    PyObject *aux = NULL;
    PyObject *children = b->with_path ? call_flatten_with_keys(reg, o, &aux) : call_flatten_tuple(reg, o, &aux);
    if (!children) return -1;
    Py_ssize_t n = PySequence_Size(children);
    int r = 0;
    for (Py_ssize_t i = 0; r == 0 && i < n; i++) {
        PyObject *key = NULL, *child;
        if (b->with_path) {
            PyObject *pair = PyList_GetItem(children, i);
            key = PyTuple_GetItem(pair, 0);
            child = PyTuple_GetItem(pair, 1);
            Py_INCREF(key);
        } else {
            child = PyTuple_GetItem(children, i);
        }
        Py_INCREF(child);
        r = flatten_at(b, key, child);
    }
    Py_DECREF(children);
    if (r < 0) Py_DECREF(aux);
    else r = stack_push(&b->objs, aux);
    return r < 0 ? -1 : push_node(b, CUSTOM, n, reg, 1, n0, leaves0);
}

static int flatten_dataclass(builder *b, PyObject *o, const registration *reg, Py_ssize_t n0, Py_ssize_t leaves0) {
    Py_ssize_t n = PyTuple_Size(reg->data_fields), nmeta = PyTuple_Size(reg->meta_fields), meta = b->held.n;
    for (Py_ssize_t i = 0; i < nmeta; i++) {
        if (stack_push(&b->held, PyObject_GetAttr(o, PyTuple_GetItem(reg->meta_fields, i))) < 0) return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *name = PyTuple_GetItem(reg->data_fields, i);
        PyObject *child = PyObject_GetAttr(o, name);
        if (!child) return -1;
        if (flatten_at(b, b->with_path ? object_key(GETATTR_KEY, name) : NULL, child) < 0) return -1;
    }
    if (stack_reserve(&b->objs, nmeta) < 0) return -1;
    if (nmeta) memcpy(b->objs.v + b->objs.n, b->held.v + meta, nmeta * sizeof *b->objs.v);
    b->objs.n += nmeta;
    b->held.n = meta;
    return push_node(b, DATACLASS, n, reg, nmeta, n0, leaves0);
}

// The stack that the deepest tree may use: a level takes about 300 bytes, of 8 MB at the least on the
// systems we build for.
enum { MAX_DEPTH = 10000 };

// What is o's stays alive meanwhile: the caller holds o, and children are held one by one.
static int flatten_node(builder *b, PyObject *o, enum kind kind, registration *reg) {
    static int depth;  // over all threads, which is stricter than need be
    Py_ssize_t n0 = b->n, leaves0 = b->num_leaves, n;
    int r = 0;
    if (kind == NONE) return push_node(b, NONE, 0, NULL, 0, n0, leaves0);
    if (Py_EnterRecursiveCall(" in flatten; PyTree may have cyclical node references.")) return -1;
    if (++depth > MAX_DEPTH) {
        PyErr_SetString(PyExc_RecursionError,
                        "maximum recursion depth exceeded in flatten; PyTree may have cyclical node references.");
        r = -1;
    } else {
        switch (kind) {
        case TUPLE:
            n = PyTuple_Size(o);
            for (Py_ssize_t i = 0; r == 0 && i < n; i++) {
                PyObject *child = PyTuple_GetItem(o, i);
                Py_INCREF(child);
                r = flatten_at(b, b->with_path ? index_key(SEQUENCE_KEY, i) : NULL, child);
            }
            if (r == 0) r = push_node(b, TUPLE, n, NULL, 0, n0, leaves0);
            break;
        case LIST:
            n = PyList_Size(o);
            for (Py_ssize_t i = 0; r == 0 && i < n; i++) {
                PyObject *child = PyList_GetItem(o, i);  // fails if the list has shrunk
                if (!child) {
                    r = -1;
                    break;
                }
                Py_INCREF(child);
                r = flatten_at(b, b->with_path ? index_key(SEQUENCE_KEY, i) : NULL, child);
            }
            if (r == 0) r = push_node(b, LIST, n, NULL, 0, n0, leaves0);
            break;
        case DICT: r = flatten_dict(b, o, n0, leaves0); break;
        case NAMEDTUPLE: r = flatten_namedtuple(b, o, n0, leaves0); break;
        case CUSTOM: r = flatten_custom(b, o, reg, n0, leaves0); break;
        default: r = flatten_dataclass(b, o, reg, n0, leaves0); break;
        }
    }
    depth--;
    Py_LeaveRecursiveCall();
    return r;
}

static PyObject *flatten_root(Registry *r, PyObject *obj, jg_leaves *out, PyObject *is_leaf, int with_path) {
    if (is_leaf == Py_None) is_leaf = NULL;
    if (is_leaf && need_callable(is_leaf, "flatten: is_leaf") < 0) return NULL;
    builder *b = builder_get(r);
    if (!b) return NULL;
    b->out = out;
    b->is_leaf = is_leaf;
    b->with_path = with_path;
    Py_ssize_t start = out->n;
    Py_INCREF(obj);
    PyObject *t = flatten(b, obj) < 0 ? NULL : builder_finish(b);
    builder_put(b);
    if (!t) leaves_cut(out, start);
    return t;
}

PyObject *jg_tree_flatten(PyObject *obj, jg_leaves *out, PyObject *is_leaf) {
    return flatten_root(default_registry, obj, out, is_leaf, 0);
}

// Puts the leaves of o, a tree like the subtree of t that ends with node i, before *end. 0: it is none, or not for certain.
static int flatten_as(const PyTreeDef *t, int32_t i, PyObject *o, PyObject ***end, PyTypeObject **leaf) {
    const node *d = &t->nodes[i];
    if (d->kind == LEAF) {
        registration *reg;
        if (Py_TYPE(o) != *leaf) {
            if (classify(t->registry, o, &reg) != LEAF || !reg) return 0;
            *leaf = Py_TYPE(o);
        }
        Py_INCREF(o);
        *--*end = o;
        return 1;
    }
    int32_t child = i;  // the children's last nodes, from the last one on
    switch (d->kind) {
    case NONE: return o == Py_None;
    case TUPLE:
        if (!PyTuple_CheckExact(o) || PyTuple_Size(o) != d->arity) return 0;
        break;
    case LIST:
        if (!PyList_CheckExact(o) || PyList_Size(o) != d->arity) return 0;
        break;
    case DICT:
        if (!PyDict_CheckExact(o) || PyDict_Size(o) != d->arity) return 0;
        break;
    default: return 0;
    }
    for (int32_t k = d->arity; k-- > 0;) {
        PyObject *c;
        child -= k == d->arity - 1 ? 1 : t->nodes[child].num_nodes;
        if (d->kind == DICT) {
            PyObject *key = t->objs[d->obj + k];
            // Other keys of the dict may be asked whether they are equal to a string: Python code, after which any container may
            // be another, so each child is looked up in what there is now, and held.
            c = PyUnicode_CheckExact(key) ? PyDict_GetItemWithError(o, key) : NULL;
        } else {
            c = d->kind == LIST ? PyList_GetItem(o, k) : PyTuple_GetItem(o, k);
        }
        if (!c) return 0;
        Py_INCREF(c);
        int r = flatten_as(t, child, c, end, leaf);
        Py_DECREF(c);
        if (!r) return 0;
    }
    return 1;
}

int jg_tree_flatten_as(PyObject *treedef, PyObject *obj, jg_leaves *out) {
    PyTreeDef *t = (PyTreeDef *)treedef;
    Py_ssize_t n = jg_treedef_num_leaves(treedef);
    if (t->registry != default_registry) return 0;
    if (leaves_reserve(out, n) < 0) {
        PyErr_Clear();
        return 0;
    }
    PyObject **start = out->v + out->n, **end = start + n;
    PyTypeObject *leaf = NULL;
    if (flatten_as(t, t->n - 1, obj, &end, &leaf)) {
        out->n += n;
        return 1;
    }
    PyErr_Clear();
    for (PyObject **p = end; p < start + n; p++) Py_DECREF(*p);
    return 0;
}

// ---- Unflattening ----

// Where unflattening takes its leaves from: an array, a Python iterable, or f of one or more arrays.
typedef struct {
    PyObject *const *v;  // NULL: use seq
    Py_ssize_t n, i;
    PyObject *seq;       // a list, a tuple or an iterator
    PyObject *f;         // NULL: leaves as they are
    Py_ssize_t columns;  // v holds that many arrays of n
} leaf_source;

static PyObject *call_columns(leaf_source *s) {
    PyObject *const *v = s->v + s->i;
    Py_ssize_t n = s->n;
    switch (s->columns) {
    case 1: return PyObject_CallFunctionObjArgs(s->f, v[0], NULL);
    case 2: return PyObject_CallFunctionObjArgs(s->f, v[0], v[n], NULL);
    case 3: return PyObject_CallFunctionObjArgs(s->f, v[0], v[n], v[2 * n], NULL);
    case 4: return PyObject_CallFunctionObjArgs(s->f, v[0], v[n], v[2 * n], v[3 * n], NULL);
    }
    PyObject *args = PyTuple_New(s->columns);
    if (!args) return NULL;
    for (Py_ssize_t c = 0; c < s->columns; c++) {
        Py_INCREF(v[c * n]);
        PyTuple_SetItem(args, c, v[c * n]);
    }
    PyObject *r = PyObject_Call(s->f, args, NULL);
    Py_DECREF(args);
    return r;
}

// A new reference to the next leaf; NULL at the end, or with an exception.
static PyObject *next_leaf(leaf_source *s) {
    PyObject *o;
    if (s->v) {
        if (s->i >= s->n) return NULL;
        if (s->f) {
            o = call_columns(s);
            s->i++;
            return o;
        }
        o = s->v[s->i];
    } else if (PyList_CheckExact(s->seq)) {
        if (s->i >= PyList_Size(s->seq)) return NULL;  // asked each time: user code may shorten it
        o = PyList_GetItem(s->seq, s->i);
    } else if (PyTuple_CheckExact(s->seq)) {
        if (s->i >= PyTuple_Size(s->seq)) return NULL;
        o = PyTuple_GetItem(s->seq, s->i);
    } else {
        o = PyIter_Next(s->seq);
        if (o) s->i++;
        return o;
    }
    Py_INCREF(o);
    s->i++;
    return o;
}

// A new tuple of the meta fields of a dataclass node, or the one object of another.
static PyObject *node_data(PyTreeDef *t, const node *d) {
    PyObject *r;
    if (d->kind == DATACLASS || d->kind == DICT) {
        r = d->kind == DICT ? PyList_New(d->nobj) : PyTuple_New(d->nobj);
        for (int32_t i = 0; r && i < d->nobj; i++) {
            PyObject *o = t->objs[d->obj + i];
            Py_INCREF(o);
            if (d->kind == DICT) PyList_SetItem(r, i, o);
            else PyTuple_SetItem(r, i, o);
        }
        return r;
    }
    r = d->nobj ? t->objs[d->obj] : Py_None;
    Py_INCREF(r);
    return r;
}

static PyObject *steal_tuple(PyObject **v, Py_ssize_t n) {
    PyObject *t = PyTuple_New(n);
    for (Py_ssize_t i = 0; t && i < n; i++) {
        PyTuple_SetItem(t, i, v[i]);
        v[i] = NULL;
    }
    return t;
}

// Makes the object of a node out of its children, whose references it may take, leaving NULL.
static PyObject *make_node(PyTreeDef *t, const node *d, PyObject **v) {
    PyObject *r, *args;
    PyObject **objs = t->objs + d->obj;
    switch (d->kind) {
    case NONE: Py_RETURN_NONE;
    case TUPLE: return steal_tuple(v, d->arity);
    case LIST:
        r = PyList_New(d->arity);
        for (int32_t i = 0; r && i < d->arity; i++) {
            PyList_SetItem(r, i, v[i]);
            v[i] = NULL;
        }
        return r;
    case DICT:
        r = PyDict_New();
        for (int32_t i = 0; r && i < d->arity; i++) {
            if (PyDict_SetItem(r, objs[i], v[i]) < 0) Py_CLEAR(r);
        }
        return r;
    case NAMEDTUPLE:
    case CUSTOM:
        args = steal_tuple(v, d->arity);
        if (!args) return NULL;
        r = d->kind == CUSTOM ? PyObject_CallFunctionObjArgs(d->reg->from_iter, objs[0], args, NULL)
                              : PyObject_Call(objs[0], args, NULL);
        Py_DECREF(args);
        return r;
    default:
        r = NULL;
        PyObject *kwargs = PyDict_New();
        args = PyTuple_New(0);
        int ok = args && kwargs;
        for (int32_t i = 0; ok && i < d->nobj; i++)
            ok = PyDict_SetItem(kwargs, PyTuple_GetItem(d->reg->meta_fields, i), objs[i]) == 0;
        for (int32_t i = 0; ok && i < d->arity; i++)
            ok = PyDict_SetItem(kwargs, PyTuple_GetItem(d->reg->data_fields, i), v[i]) == 0;
        if (ok) r = PyObject_Call(d->reg->type, args, kwargs);
        Py_XDECREF(args);
        Py_XDECREF(kwargs);
        return r;
    }
}

// An agenda of n objects, for small n without allocation.
typedef struct {
    PyObject *inl[64], **v;
    Py_ssize_t n;
} agenda;

static int agenda_init(agenda *a, Py_ssize_t cap) {
    a->n = 0;
    a->v = cap <= 64 ? a->inl : PyMem_Malloc(cap * sizeof *a->v);
    if (a->v) return 0;
    PyErr_NoMemory();
    return -1;
}

static void agenda_cut(agenda *a, Py_ssize_t n) {
    while (a->n > n) {
        PyObject *o = a->v[--a->n];
        Py_XDECREF(o);
    }
}

static void agenda_clear(agenda *a) {
    agenda_cut(a, 0);
    if (a->v != a->inl) PyMem_Free(a->v);
}

// The caller holds t.
static PyObject *unflatten(PyTreeDef *t, leaf_source *s) {
    agenda a;
    PyObject *o = NULL;
    if (agenda_init(&a, t->n) < 0) return NULL;
    for (int32_t i = 0; i < t->n; i++) {
        const node *d = &t->nodes[i];
        if (d->kind == LEAF) {
            o = next_leaf(s);
            if (!o && !PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "Too few leaves for PyTreeDef; expected %zd, got %zd",
                             jg_treedef_num_leaves((PyObject *)t), s->i);
        } else {
            o = make_node(t, d, a.v + a.n - d->arity);
            agenda_cut(&a, a.n - d->arity);
        }
        if (!o) goto done;
        a.v[a.n++] = o;
    }
    o = NULL;
    // With f, the number of leaves was checked and f must not be called once more.
    PyObject *extra = s->f ? NULL : next_leaf(s);
    if (extra) {
        Py_DECREF(extra);
        PyErr_Format(PyExc_ValueError, "Too many leaves for PyTreeDef; expected %zd.",
                     jg_treedef_num_leaves((PyObject *)t));
    } else if (!PyErr_Occurred()) {
        o = a.v[--a.n];
    }
done:
    agenda_clear(&a);
    return o;
}

PyObject *jg_tree_unflatten(PyObject *treedef, PyObject **leaves, Py_ssize_t n) {
    PyObject *none = NULL;
    leaf_source s = {.v = leaves ? leaves : &none, .n = n, .columns = 1};
    Py_INCREF(treedef);
    PyObject *r = unflatten((PyTreeDef *)treedef, &s);
    Py_DECREF(treedef);
    return r;
}

static PyObject *treedef_unflatten(PyObject *self, PyObject *leaves) {
    if (PyList_CheckExact(leaves) || PyTuple_CheckExact(leaves)) {
        leaf_source s = {.seq = leaves};
        return unflatten((PyTreeDef *)self, &s);
    }
    leaf_source s = {.seq = PyObject_GetIter(leaves)};
    if (!s.seq) return NULL;
    PyObject *r = unflatten((PyTreeDef *)self, &s);
    Py_DECREF(s.seq);
    return r;
}

// ---- Flattening up to a treedef ----

static int expected(const char *what, PyObject *got) {
    PyErr_Format(PyExc_ValueError, "Expected %s, got %R.", what, got);
    return -1;
}

static int arity_mismatch(const char *what, Py_ssize_t got, const node *d, const char *name, PyObject *o) {
    PyErr_Format(PyExc_ValueError, "%s arity mismatch: %zd != %d; %s: %R.", what, got, (int)d->arity, name, o);
    return -1;
}

// Pushes the children of o, which must match the node d.
static int up_to_tuple(stack *s, const node *d, PyObject *o) {
    if (stack_reserve(s, d->arity) < 0) return -1;
    for (int32_t i = 0; i < d->arity; i++) {
        PyObject *c = PyTuple_GetItem(o, i);
        Py_INCREF(c);
        s->v[s->n++] = c;
    }
    return 0;
}

static int up_to_dict(stack *s, PyTreeDef *t, const node *d, PyObject *o) {
    if (!PyDict_CheckExact(o)) return expected("dict", o);
    Py_ssize_t base = s->n;
    if (PyDict_Size(o) == d->arity) {
        int32_t i = 0;
        for (; i < d->arity; i++) {
            PyObject *c = PyDict_GetItemWithError(o, t->objs[d->obj + i]);
            if (!c) break;
            Py_INCREF(c);
            if (stack_push(s, c) < 0) return -1;
        }
        if (i == d->arity) return 0;
        if (PyErr_Occurred()) return -1;
        stack_cut(s, base);
    }
    Py_ssize_t n = push_dict(s, o, 0);
    PyObject *present = n < 0 ? NULL : PyList_New(n), *want = present ? node_data(t, d) : NULL;
    if (want) {
        for (Py_ssize_t i = 0; i < n; i++) {
            Py_INCREF(s->v[base + i]);
            PyList_SetItem(present, i, s->v[base + i]);
        }
        PyErr_Format(PyExc_ValueError, "Dict key mismatch; expected keys: %R; present keys: %R.", want, present);
    }
    Py_XDECREF(present);
    Py_XDECREF(want);
    return -1;
}

static int up_to_custom(stack *s, PyTreeDef *t, const node *d, PyObject *o) {
    if (registry_find(t->registry, (PyObject *)Py_TYPE(o)) != d->reg) {
        PyErr_Format(PyExc_ValueError, "Custom node type mismatch: expected type: %R, value: %R.", d->reg->type, o);
        return -1;
    }
    PyObject *aux, *children = call_flatten_tuple(d->reg, o, &aux);
    if (!children) return -1;
    PyObject *want = t->objs[d->obj];
    int r = differ(want, aux);
    if (r > 0) {
        PyErr_Format(PyExc_ValueError, "Mismatch custom node data: %R != %R; value: %R.", want, aux, o);
        r = -1;
    }
    if (r == 0 && PyTuple_Size(children) != d->arity)
        r = arity_mismatch("Custom type", PyTuple_Size(children), d, "value", o);
    if (r == 0) r = up_to_tuple(s, d, children);
    Py_DECREF(aux);
    Py_DECREF(children);
    return r;
}

static int up_to_dataclass(stack *s, PyTreeDef *t, const node *d, PyObject *o) {
    if (registry_find(t->registry, (PyObject *)Py_TYPE(o)) != d->reg) {
        PyErr_Format(PyExc_ValueError, "Custom dataclass node type mismatch: expected type: %R, value: %R.",
                     d->reg->type, o);
        return -1;
    }
    Py_ssize_t base = s->n;
    int r = 0;
    for (int32_t i = 0; i < d->nobj; i++) {
        if (stack_push(s, PyObject_GetAttr(o, PyTuple_GetItem(d->reg->meta_fields, i))) < 0) return -1;
    }
    for (int32_t i = 0; r == 0 && i < d->nobj; i++) r = differ(t->objs[d->obj + i], s->v[base + i]);
    if (r > 0) {
        PyObject *want = node_data(t, d), *got = steal_tuple(s->v + base, d->nobj);
        if (want && got)
            PyErr_Format(PyExc_ValueError, "Mismatch custom dataclass node data: %R != %R; value: %R.", want, got, o);
        Py_XDECREF(want);
        Py_XDECREF(got);
    }
    if (r) return -1;
    stack_cut(s, base);
    for (int32_t i = 0; i < d->arity; i++) {
        if (stack_push(s, PyObject_GetAttr(o, PyTuple_GetItem(d->reg->data_fields, i))) < 0) return -1;
    }
    return 0;
}

static int up_to_node(stack *s, PyTreeDef *t, const node *d, PyObject *o) {
    int ne;
    switch (d->kind) {
    case NONE:
        if (o == Py_None) return 0;
        PyErr_Format(PyExc_ValueError,
                     "Expected None, got %R.\n\nIn previous releases of JAX, flatten-up-to used to consider None to be "
                     "a tree-prefix of non-None values. To obtain the previous behavior, you can usually write:\n"
                     "  jax.tree.map(lambda x, y: None if x is None else f(x, y), a, b, is_leaf=lambda x: x is None)",
                     o);
        return -1;
    case TUPLE:
        if (!PyTuple_CheckExact(o)) return expected("tuple", o);
        if (PyTuple_Size(o) != d->arity) return arity_mismatch("Tuple", PyTuple_Size(o), d, "tuple", o);
        return up_to_tuple(s, d, o);
    case LIST:
        if (!PyList_CheckExact(o)) return expected("list", o);
        if (PyList_Size(o) != d->arity) return arity_mismatch("List", PyList_Size(o), d, "list", o);
        if (stack_reserve(s, d->arity) < 0) return -1;
        for (int32_t i = 0; i < d->arity; i++) {
            PyObject *c = PyList_GetItem(o, i);
            Py_INCREF(c);
            s->v[s->n++] = c;
        }
        return 0;
    case DICT: return up_to_dict(s, t, d, o);
    case NAMEDTUPLE:
        if (!PyTuple_Check(o) || !PyObject_HasAttr(o, str_fields)) return expected("named tuple", o);
        if (PyTuple_Size(o) != d->arity) return arity_mismatch("Named tuple", PyTuple_Size(o), d, "tuple", o);
        ne = differ((PyObject *)Py_TYPE(o), t->objs[d->obj]);
        if (ne > 0)
            PyErr_Format(PyExc_ValueError, "Named tuple type mismatch: expected type: %R, tuple: %R.",
                         t->objs[d->obj], o);
        return ne ? -1 : up_to_tuple(s, d, o);
    case CUSTOM: return up_to_custom(s, t, d, o);
    default: return up_to_dataclass(s, t, d, o);
    }
}

// Appends the subtrees of tree at t's leaves to out.
static int flatten_up_to(PyTreeDef *t, PyObject *tree, jg_leaves *out) {
    Py_ssize_t n = jg_treedef_num_leaves((PyObject *)t), start = out->n;
    if (leaves_reserve(out, n) < 0) return -1;
    // Nodes are met from the last to the first, so leaves come in reverse.
    stack s = {0};
    int r = 0;
    Py_INCREF(tree);
    if (stack_push(&s, tree) < 0) return -1;
    for (int32_t i = t->n - 1; r == 0 && i >= 0; i--) {
        PyObject *o = s.v[--s.n];
        if (t->nodes[i].kind == LEAF) {
            out->v[out->n++] = o;
        } else {
            r = up_to_node(&s, t, &t->nodes[i], o);
            Py_DECREF(o);
        }
    }
    stack_cut(&s, 0);
    PyMem_Free(s.v);
    if (r < 0) {
        leaves_cut(out, start);
        return -1;
    }
    for (PyObject **a = out->v + start, **z = out->v + out->n; a < --z; a++) {
        PyObject *o = *a;
        *a = *z;
        *z = o;
    }
    return 0;
}

static PyObject *treedef_flatten_up_to(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    static const char *const names[] = {"tree"};
    PyObject *tree, *list = NULL;
    if (parse_args("flatten_up_to", args, nargs, kwnames, names, 1, 1, &tree) < 0) return NULL;
    jg_leaves out;
    jg_leaves_init(&out);
    if (flatten_up_to((PyTreeDef *)self, tree, &out) == 0) list = leaves_to_list(&out);
    jg_leaves_clear(&out);
    return list;
}

// ---- PyTreeDef: other methods ----

static PyObject *treedef_compose(PyObject *self, PyObject *other) {
    if (need_treedef(other, "compose: argument") < 0) return NULL;
    PyTreeDef *t = (PyTreeDef *)self, *inner = (PyTreeDef *)other;
    if (t->registry != inner->registry) {
        PyErr_SetString(PyExc_ValueError, "PyTree registries of PyTreeDefs passed to Compose() must match.");
        return NULL;
    }
    builder *b = builder_get(t->registry);
    if (!b) return NULL;
    Py_ssize_t inner_leaves = jg_treedef_num_leaves(other);
    int r = 0;
    for (int32_t i = 0; r == 0 && i < t->n; i++) {
        const node *d = &t->nodes[i];
        Py_ssize_t below = d->num_nodes - d->num_leaves - 1 + (Py_ssize_t)d->num_leaves * inner->n;
        r = d->kind == LEAF ? push_range(b, inner, 0, inner->n)
                            : push_copy(b, t, d, b->n - below, b->num_leaves - d->num_leaves * inner_leaves);
    }
    PyObject *out = r < 0 ? NULL : builder_finish(b);
    builder_put(b);
    return out;
}

// Appends whole treedefs as siblings and returns how many there are, or -1.
static Py_ssize_t push_children(builder *b, PyObject *children, const char *where, const char *mismatch) {
    PyObject *it = PyObject_GetIter(children), *c;
    if (!it) return -1;
    Py_ssize_t n = 0;
    while (n >= 0 && (c = PyIter_Next(it))) {
        if (need_treedef(c, where) < 0) {
            n = -1;
        } else if (mismatch && ((PyTreeDef *)c)->registry != b->registry) {
            PyErr_SetString(PyExc_ValueError, mismatch);
            n = -1;
        } else {
            n = push_range(b, (PyTreeDef *)c, 0, ((PyTreeDef *)c)->n) < 0 ? -1 : n + 1;
        }
        Py_DECREF(c);
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : n;
}

static PyObject *treedef_tuple(PyObject *module, PyObject *args) {
    PyObject *registry, *defs, *out = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:treedef_tuple", &registry, &defs)) return NULL;
    if (need_registry(registry, "treedef_tuple: registry") < 0) return NULL;
    builder *b = builder_get((Registry *)registry);
    if (!b) return NULL;
    Py_ssize_t n = push_children(b, defs, "treedef_tuple: each element",
                                 "PyTree registries of PyTreeDefs passed to Tuple() must match.");
    if (n >= 0 && push_node(b, TUPLE, n, NULL, 0, 0, 0) == 0) out = builder_finish(b);
    builder_put(b);
    return out;
}

static PyObject *treedef_children(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    PyTreeDef *t = (PyTreeDef *)self;
    int32_t arity = t->nodes[t->n - 1].arity, end = t->n - 1;
    PyObject *list = PyList_New(arity);
    for (int32_t i = arity - 1; list && i >= 0; i--) {
        int32_t start = end - t->nodes[end - 1].num_nodes;
        builder *b = builder_get(t->registry);
        PyObject *c = b && push_range(b, t, start, end) == 0 ? builder_finish(b) : NULL;
        if (b) builder_put(b);
        if (c) PyList_SetItem(list, i, c);
        else Py_CLEAR(list);
        end = start;
    }
    return list;
}

static PyObject *treedef_node_data(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    PyTreeDef *t = (PyTreeDef *)self;
    const node *d = &t->nodes[t->n - 1];
    PyTypeObject *types[NKINDS] = {[NONE] = Py_TYPE(Py_None), [TUPLE] = &PyTuple_Type, [LIST] = &PyList_Type,
                                   [DICT] = &PyDict_Type};
    if (d->kind == LEAF) Py_RETURN_NONE;
    if (d->kind == NAMEDTUPLE) return PyTuple_Pack(2, t->objs[d->obj], Py_None);
    PyObject *data = node_data(t, d);
    if (!data) return NULL;
    PyObject *r = PyTuple_Pack(2, d->reg ? d->reg->type : (PyObject *)types[d->kind], data);
    Py_DECREF(data);
    return r;
}

static int namedtuple_type(PyObject *o) {
    return PyType_Check(o) && PyType_IsSubtype((PyTypeObject *)o, &PyTuple_Type) && PyObject_HasAttr(o, str_fields);
}

// Adds a node of the given kind and data, checking that they fit; unpickled data may be anything.
static int push_checked(builder *b, int kind, Py_ssize_t arity, registration *reg, PyObject *data, Py_ssize_t n0,
                        Py_ssize_t leaves0) {
    Py_ssize_t nobj = 0;
    const char *wrong = NULL;
    if (kind == LEAF || kind == NONE) {
        if (arity) wrong = "a node without children has some";
    } else if (kind == NAMEDTUPLE) {
        if (!namedtuple_type(data)) wrong = "the data of a namedtuple is not its type";
        nobj = 1;
    } else if (kind == CUSTOM) {
        nobj = 1;
    } else if (kind == DICT) {
        if (!PyList_Check(data) && !PyTuple_Check(data)) wrong = "dict keys are neither list nor tuple";
        else if ((nobj = PySequence_Size(data)) != arity) wrong = "Number of keys and entries does not match.";
    } else if (kind == DATACLASS) {
        if (!PyTuple_Check(data) || PyTuple_Size(data) != PyTuple_Size(reg->meta_fields) ||
            arity != PyTuple_Size(reg->data_fields))
            wrong = "the fields of a dataclass do not match its registration";
        else nobj = PyTuple_Size(data);
    }
    if (wrong) {
        PyErr_Format(PyExc_ValueError, "Malformed PyTreeDef: %s", wrong);
        return -1;
    }
    if (kind == LEAF) return push_leaf_node(b);
    for (Py_ssize_t i = 0; i < nobj; i++) {
        PyObject *o = data;
        if (kind == DICT || kind == DATACLASS) o = PySequence_GetItem(data, i);
        else Py_INCREF(o);
        if (stack_push(&b->objs, o) < 0) return -1;
    }
    return push_node(b, kind, arity, reg, nobj, n0, leaves0);
}

static PyObject *treedef_from_node_data(PyObject *Py_UNUSED(cls), PyObject *const *args, Py_ssize_t nargs,
                                        PyObject *kwnames) {
    static const char *const names[] = {"registry", "node_data", "children"};
    PyObject *a[3], *out = NULL, *type = NULL, *data = Py_None;
    if (parse_args("from_node_data_and_children", args, nargs, kwnames, names, 3, 3, a) < 0) return NULL;
    if (need_registry(a[0], "from_node_data_and_children: registry") < 0) return NULL;
    registration *reg = NULL;
    int kind = LEAF;
    if (a[1] != Py_None) {
        if (!PyTuple_Check(a[1]) || PyTuple_Size(a[1]) != 2) {
            type_error("from_node_data_and_children: node_data", "a (type, data) tuple or None", a[1]);
            return NULL;
        }
        type = PyTuple_GetItem(a[1], 0);
        data = PyTuple_GetItem(a[1], 1);
        if (namedtuple_type(type)) {
            kind = NAMEDTUPLE;
            data = type;
        } else {
            reg = registry_find((Registry *)a[0], type);
            if (!reg || reg->kind == LEAF) {
                PyErr_Format(PyExc_RuntimeError, "Could not find type: %R.", type);
                return NULL;
            }
            kind = reg->kind;
            if (kind != CUSTOM && kind != DATACLASS) reg = NULL;
        }
    }
    builder *b = builder_get((Registry *)a[0]);
    if (!b) return NULL;
    Py_ssize_t n = push_children(b, a[2], "from_node_data_and_children: each child", NULL);
    if (n >= 0 && push_checked(b, kind, n, reg, data, 0, 0) == 0) out = builder_finish(b);
    builder_put(b);
    return out;
}

static PyObject *treedef_walk(PyObject *self, PyObject *args) {
    PyTreeDef *t = (PyTreeDef *)self;
    PyObject *f_node, *f_leaf, *leaves, *o = NULL;
    if (!PyArg_ParseTuple(args, "OOO:walk", &f_node, &f_leaf, &leaves)) return NULL;
    if (need_callable(f_node, "walk: f_node") < 0) return NULL;
    if (f_leaf != Py_None && need_callable(f_leaf, "walk: f_leaf") < 0) return NULL;
    leaf_source s = {.seq = PyObject_GetIter(leaves)};
    if (!s.seq) return NULL;
    agenda a;
    if (agenda_init(&a, t->n) < 0) {
        Py_DECREF(s.seq);
        return NULL;
    }
    for (int32_t i = 0; i < t->n; i++) {
        const node *d = &t->nodes[i];
        if (d->kind == LEAF) {
            o = next_leaf(&s);
            if (!o && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "Too few leaves for PyTreeDef");
            if (o && f_leaf != Py_None) {
                PyObject *r = PyObject_CallFunctionObjArgs(f_leaf, o, NULL);
                Py_DECREF(o);
                o = r;
            }
        } else {
            PyObject *children = steal_tuple(a.v + a.n - d->arity, d->arity), *data = node_data(t, d);
            agenda_cut(&a, a.n - d->arity);
            o = children && data ? PyObject_CallFunctionObjArgs(f_node, children, data, NULL) : NULL;
            Py_XDECREF(children);
            Py_XDECREF(data);
        }
        if (!o) goto done;
        a.v[a.n++] = o;
    }
    o = next_leaf(&s);
    if (o) {
        Py_CLEAR(o);
        PyErr_SetString(PyExc_ValueError, "Too many leaves for PyTreeDef");
    } else if (!PyErr_Occurred()) {
        o = a.v[--a.n];
    }
done:
    agenda_clear(&a);
    Py_DECREF(s.seq);
    return o;
}

// Builds the subtree whose root is node *pos, which it moves before that subtree.
static PyObject *from_iterables(PyTreeDef *t, PyObject *xs, int32_t *pos) {
    const node *d = &t->nodes[(*pos)--];
    if (d->kind == LEAF) {
        Py_INCREF(xs);
        return xs;
    }
    if (Py_EnterRecursiveCall(" in from_iterable_tree")) return NULL;
    PyObject *r = NULL, *list = PySequence_List(xs);
    if (list && PyList_Size(list) != d->arity) {
        PyErr_SetString(PyExc_ValueError, "Arity mismatch between trees");
        Py_CLEAR(list);
    }
    agenda a;
    if (list && agenda_init(&a, d->arity) == 0) {
        memset(a.v, 0, d->arity * sizeof *a.v);
        a.n = d->arity;
        int32_t i = d->arity - 1;
        while (i >= 0 && (a.v[i] = from_iterables(t, PyList_GetItem(list, i), pos))) i--;
        if (i < 0) r = make_node(t, d, a.v);
        agenda_clear(&a);
    }
    Py_XDECREF(list);
    Py_LeaveRecursiveCall();
    return r;
}

static PyObject *treedef_from_iterable_tree(PyObject *self, PyObject *xs) {
    int32_t pos = ((PyTreeDef *)self)->n - 1;
    return from_iterables((PyTreeDef *)self, xs, &pos);
}

static PyObject *joined(PyObject **v, Py_ssize_t n, PyObject *separator) {
    PyObject *t = steal_tuple(v, n), *r = t ? PyUnicode_Join(separator, t) : NULL;
    Py_XDECREF(t);
    return r;
}

static PyObject *node_repr(PyTreeDef *t, const node *d, PyObject **v, PyObject *separator) {
    PyObject *r = NULL, *inner, *name, *data;
    if (d->kind == DICT) {
        for (int32_t i = 0; i < d->arity; i++) {
            PyObject *item = PyUnicode_FromFormat("%R: %U", t->objs[d->obj + i], v[i]);
            if (!item) return NULL;
            Py_DECREF(v[i]);
            v[i] = item;
        }
    }
    inner = joined(v, d->arity, separator);
    if (!inner) return NULL;
    switch (d->kind) {
    case NONE: r = PyUnicode_FromString("None"); break;
    case TUPLE: r = PyUnicode_FromFormat(d->arity == 1 ? "(%U,)" : "(%U)", inner); break;
    case LIST: r = PyUnicode_FromFormat("[%U]", inner); break;
    case DICT: r = PyUnicode_FromFormat("{%U}", inner); break;
    default:
        data = node_data(t, d);
        name = data ? PyObject_GetAttr(d->reg ? d->reg->type : data, str_name) : NULL;
        if (name)
            r = d->reg ? PyUnicode_FromFormat("CustomNode(%S[%S], [%U])", name, data, inner)
                       : PyUnicode_FromFormat("CustomNode(namedtuple[%S], [%U])", name, inner);
        Py_XDECREF(name);
        Py_XDECREF(data);
    }
    Py_DECREF(inner);
    return r;
}

static PyObject *treedef_repr(PyObject *self) {
    PyTreeDef *t = (PyTreeDef *)self;
    PyObject *r = NULL, *star = PyUnicode_FromString("*"), *separator = PyUnicode_FromString(", ");
    agenda a;
    if (star && separator && agenda_init(&a, t->n) == 0) {
        int32_t i = 0;
        for (; i < t->n; i++) {
            const node *d = &t->nodes[i];
            PyObject *o = star;
            if (d->kind == LEAF) {
                Py_INCREF(o);
            } else {
                o = node_repr(t, d, a.v + a.n - d->arity, separator);
                agenda_cut(&a, a.n - d->arity);
            }
            if (!o) break;
            a.v[a.n++] = o;
        }
        if (i == t->n) r = PyUnicode_FromFormat("PyTreeDef(%U)", a.v[0]);
        agenda_clear(&a);
    }
    Py_XDECREF(star);
    Py_XDECREF(separator);
    return r;
}

// The state is jaxlib's: the registry and a list of (kind, arity, data, type, num_leaves, num_nodes).
static PyObject *treedef_getstate(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    PyTreeDef *t = (PyTreeDef *)self;
    PyObject *list = PyList_New(t->n);
    for (int32_t i = 0; list && i < t->n; i++) {
        const node *d = &t->nodes[i];
        PyObject *data = node_data(t, d);
        PyObject *item = data ? Py_BuildValue("(iiOOii)", d->kind, d->arity, data, d->reg ? d->reg->type : Py_None,
                                              d->num_leaves, d->num_nodes)
                              : NULL;
        Py_XDECREF(data);
        if (item) PyList_SetItem(list, i, item);
        else Py_CLEAR(list);
    }
    if (!list) return NULL;
    PyObject *r = PyTuple_Pack(2, t->registry, list);
    Py_DECREF(list);
    return r;
}

static PyObject *treedef_reduce(PyObject *self, PyObject *Py_UNUSED(ignored)) {
    PyObject *state = treedef_getstate(self, NULL);
    if (!state) return NULL;
    PyObject *r = PyTuple_Pack(2, from_state_func, state);
    Py_DECREF(state);
    return r;
}

// Counts are recomputed from the arities, never trusted.
static int push_state(builder *b, PyObject *state) {
    Py_ssize_t size = PyList_Size(state), depth = 0;
    struct {
        Py_ssize_t n, leaves;
    } *starts = PyMem_Malloc((size + 1) * sizeof *starts);
    if (!starts) {
        PyErr_NoMemory();
        return -1;
    }
    int r = 0;
    for (Py_ssize_t i = 0; r == 0 && i < size && i < PyList_Size(state); i++) {
        int kind, arity, leaves, nodes;
        PyObject *item = PyList_GetItem(state, i), *data, *type;
        registration *reg = NULL;
        r = -1;
        if (!PyTuple_Check(item)) {
            PyErr_SetString(PyExc_ValueError, "Malformed pickled PyTreeDef");
            break;
        }
        Py_INCREF(item);
        if (PyArg_ParseTuple(item, "iiOOii;Malformed pickled PyTreeDef", &kind, &arity, &data, &type, &leaves,
                             &nodes)) {
            int custom = kind == CUSTOM || kind == DATACLASS;
            if (custom) reg = registry_find(b->registry, type);
            if (custom && (!reg || (int)reg->kind != kind)) {
                PyErr_Format(PyExc_ValueError, "Unknown custom type in pickled PyTreeDef: %R", type);
            } else if (kind < 0 || kind >= NKINDS || arity < 0 || arity > depth) {
                PyErr_SetString(PyExc_ValueError, "Malformed pickled PyTreeDef");
            } else {
                depth -= arity;
                // Without children a node starts where it stands.
                if (arity == 0) {
                    starts[depth].n = b->n;
                    starts[depth].leaves = b->num_leaves;
                }
                r = push_checked(b, kind, arity, reg, data, starts[depth].n, starts[depth].leaves);
                depth++;
            }
        }
        Py_DECREF(item);
    }
    if (r == 0 && depth != 1) {
        PyErr_SetString(PyExc_ValueError, "Malformed pickled PyTreeDef");
        r = -1;
    }
    PyMem_Free(starts);
    return r;
}

static PyObject *treedef_from_state(PyObject *module, PyObject *args) {
    PyObject *registry, *state, *out = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO!:treedef_from_state", &registry, &PyList_Type, &state)) return NULL;
    if (need_registry(registry, "treedef_from_state: registry") < 0) return NULL;
    builder *b = builder_get((Registry *)registry);
    if (!b) return NULL;
    if (push_state(b, state) == 0) out = builder_finish(b);
    builder_put(b);
    return out;
}

static PyObject *treedef_get_num_leaves(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromSsize_t(jg_treedef_num_leaves(self));
}

static PyObject *treedef_get_num_nodes(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromLong(((PyTreeDef *)self)->n);
}

#define FASTCALL(f) ((PyCFunction)(void (*)(void))(f))

static PyMethodDef treedef_methods[] = {
    {"unflatten", treedef_unflatten, METH_O, "unflatten($self, leaves, /)\n--\n\nBuilds the tree with these leaves."},
    {"flatten_up_to", FASTCALL(treedef_flatten_up_to), METH_FASTCALL | METH_KEYWORDS,
     "flatten_up_to($self, tree)\n--\n\nThe subtrees of tree at the leaves of this structure, a prefix of tree's."},
    {"compose", treedef_compose, METH_O, "compose($self, inner, /)\n--\n\nPuts inner in place of each leaf."},
    {"walk", treedef_walk, METH_VARARGS,
     "walk($self, f_node, f_leaf, leaves, /)\n--\n\n"
     "Calls f_leaf(leaf) and f_node(children, node_data) from the leaves up."},
    {"from_iterable_tree", treedef_from_iterable_tree, METH_O,
     "from_iterable_tree($self, xs, /)\n--\n\nBuilds the tree from iterables nested like this structure."},
    {"children", treedef_children, METH_NOARGS, "children($self, /)\n--\n\nThe treedefs of the root's children."},
    {"node_data", treedef_node_data, METH_NOARGS,
     "node_data($self, /)\n--\n\nNone for a leaf, otherwise the root's (type, data)."},
    {"from_node_data_and_children", FASTCALL(treedef_from_node_data), METH_FASTCALL | METH_KEYWORDS | METH_STATIC,
     "from_node_data_and_children(registry, node_data, children)\n--\n\n"
     "Builds a treedef from what node_data() and children() return."},
    {"__getstate__", treedef_getstate, METH_NOARGS, NULL},
    {"__reduce__", treedef_reduce, METH_NOARGS, NULL},
    {NULL}};

static PyGetSetDef treedef_getset[] = {{"num_leaves", treedef_get_num_leaves, NULL, NULL, NULL},
                                       {"num_nodes", treedef_get_num_nodes, NULL, NULL, NULL},
                                       {NULL}};

static PyType_Slot treedef_slots[] = {{Py_tp_new, treedef_new},
                                      {Py_tp_dealloc, treedef_dealloc},
                                      {Py_tp_traverse, treedef_traverse},
                                      {Py_tp_repr, treedef_repr},
                                      {Py_tp_richcompare, treedef_richcompare},
                                      {Py_tp_hash, treedef_hash},
                                      {Py_tp_methods, treedef_methods},
                                      {Py_tp_getset, treedef_getset},
                                      {Py_tp_doc, "The structure of a pytree."},
                                      {0, NULL}};

static PyType_Spec treedef_spec = {"jaxgo.tree_util.PyTreeDef", sizeof(PyTreeDef), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, treedef_slots};

// ---- Registries: flattening from Python ----

static const char *const flatten_names[] = {"tree", "leaf_predicate"};

static PyObject *flatten_to_pair(PyObject *self, PyObject *tree, PyObject *is_leaf, int with_path) {
    jg_leaves out;
    jg_leaves_init(&out);
    PyObject *r = NULL, *t = flatten_root((Registry *)self, tree, &out, is_leaf, with_path);
    PyObject *list = t ? leaves_to_list(&out) : NULL;
    if (list) r = PyTuple_Pack(2, list, t);
    Py_XDECREF(list);
    Py_XDECREF(t);
    jg_leaves_clear(&out);
    return r;
}

static PyObject *registry_flatten(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *a[2];
    if (parse_args("flatten", args, nargs, kwnames, flatten_names, 1, 2, a) < 0) return NULL;
    return flatten_to_pair(self, a[0], a[1], 0);
}

static PyObject *registry_flatten_with_path(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                            PyObject *kwnames) {
    PyObject *a[2];
    if (parse_args("flatten_with_path", args, nargs, kwnames, flatten_names, 1, 2, a) < 0) return NULL;
    return flatten_to_pair(self, a[0], a[1], 1);
}

static PyObject *registry_leaves(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *a[2], *list = NULL;
    if (parse_args("leaves", args, nargs, kwnames, flatten_names, 1, 2, a) < 0) return NULL;
    jg_leaves out;
    jg_leaves_init(&out);
    PyObject *t = flatten_root((Registry *)self, a[0], &out, a[1], 0);
    if (t) list = leaves_to_list(&out);
    Py_XDECREF(t);
    jg_leaves_clear(&out);
    return list;
}

static PyObject *registry_structure(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *a[2];
    if (parse_args("structure", args, nargs, kwnames, flatten_names, 1, 2, a) < 0) return NULL;
    jg_leaves out;
    jg_leaves_init(&out);
    PyObject *t = flatten_root((Registry *)self, a[0], &out, a[1], 0);
    jg_leaves_clear(&out);
    return t;
}

static PyObject *registry_map(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    static const char *const names[] = {"f", "tree", "leaf_predicate"};
    PyObject *a[3], *r = NULL;
    if (parse_args("map", args, nargs, kwnames, names, 2, 3, a) < 0) return NULL;
    jg_leaves out;
    jg_leaves_init(&out);
    PyObject *t = flatten_root((Registry *)self, a[1], &out, a[2], 0);
    if (t) {
        leaf_source s = {.v = out.v, .n = out.n, .f = a[0], .columns = 1};
        r = unflatten((PyTreeDef *)t, &s);
        Py_DECREF(t);
    }
    jg_leaves_clear(&out);
    return r;
}

// treedef_map(f, treedef, columns): f of the leaves in each column, which are sequences.
static PyObject *treedef_map(PyObject *module, PyObject *args) {
    PyObject *f, *t, *columns, *r = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO!:treedef_map", &f, &t, &PyList_Type, &columns)) return NULL;
    if (need_treedef(t, "treedef_map: treedef") < 0) return NULL;
    Py_ssize_t n = jg_treedef_num_leaves(t), c = PyList_Size(columns);
    stack all = {0};
    for (Py_ssize_t i = 0; i < c; i++) {
        PyObject *column = PyList_GetItem(columns, i);
        if (!column) goto done;
        Py_INCREF(column);
        PyObject *items = PySequence_Tuple(column);
        Py_DECREF(column);
        if (!items) goto done;
        Py_ssize_t got = PyTuple_Size(items);
        if (got != n) {
            PyErr_Format(PyExc_ValueError, "treedef_map: expected %zd leaves, got %zd", n, got);
            Py_DECREF(items);
            goto done;
        }
        for (Py_ssize_t j = 0; j < n; j++) {
            PyObject *o = PyTuple_GetItem(items, j);
            Py_INCREF(o);
            if (stack_push(&all, o) < 0) {
                Py_DECREF(items);
                goto done;
            }
        }
        Py_DECREF(items);
    }
    PyObject *none = NULL;
    leaf_source s = {.v = all.v ? all.v : &none, .n = n, .f = f, .columns = c};
    r = unflatten((PyTreeDef *)t, &s);
done:
    stack_cut(&all, 0);
    PyMem_Free(all.v);
    return r;
}

static PyObject *treedef_id(PyObject *module, PyObject *t) {
    (void)module;
    if (need_treedef(t, "treedef_id: argument") < 0) return NULL;
    uint64_t id = jg_treedef_id(t);
    return id ? PyLong_FromUnsignedLongLong(id) : NULL;
}

static PyObject *all_leaves(PyObject *module, PyObject *args) {
    PyObject *registry, *xs, *o;
    registration *reg;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:all_leaves", &registry, &xs)) return NULL;
    if (need_registry(registry, "all_leaves: registry") < 0) return NULL;
    PyObject *it = PyObject_GetIter(xs);
    if (!it) return NULL;
    int all = 1;
    while (all && (o = PyIter_Next(it))) {
        all = classify((Registry *)registry, o, &reg) == LEAF;
        Py_DECREF(o);
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(all);
}

// Puts (key, child), or without keys the child, into the sequence r at i. Takes over both.
static int set_child(PyObject *r, Py_ssize_t i, int with_keys, PyObject *key, PyObject *child) {
    PyObject *o = child;
    if (with_keys && child) {
        o = key ? PyTuple_Pack(2, key, child) : NULL;
        Py_DECREF(child);
    }
    Py_XDECREF(key);
    if (!o) return -1;
    return PyList_Check(r) ? PyList_SetItem(r, i, o) : PyTuple_SetItem(r, i, o);
}

static PyObject *one_level_dict(PyObject *x, int with_keys) {
    stack s = {0};
    Py_ssize_t n = push_dict(&s, x, 1);
    PyObject *r = NULL, *keys = n < 0 ? NULL : PyTuple_New(n), *values = n < 0 ? NULL : PyTuple_New(n);
    int bad = !keys || !values;
    for (Py_ssize_t i = 0; !bad && i < n; i++) {
        PyObject *value = s.v[n + i];
        s.v[n + i] = NULL;
        bad = set_child(values, i, with_keys, with_keys ? object_key(DICT_KEY, s.v[i]) : NULL, value) < 0;
        Py_INCREF(s.v[i]);
        PyTuple_SetItem(keys, i, s.v[i]);
    }
    if (!bad) r = PyTuple_Pack(2, values, keys);
    Py_XDECREF(keys);
    Py_XDECREF(values);
    stack_cut(&s, 0);
    PyMem_Free(s.v);
    return r;
}

static PyObject *one_level(PyObject *self, PyObject *x, int with_keys) {
    registration *reg;
    enum kind kind = classify((Registry *)self, x, &reg);
    PyObject *r = NULL, *children = NULL, *aux = Py_None, *fields = NULL;
    Py_ssize_t n;
    int bad = 0;
    Py_INCREF(aux);
    switch (kind) {
    case LEAF: return aux;
    case DICT: Py_DECREF(aux); return one_level_dict(x, with_keys);
    case NONE: children = PyTuple_New(0); break;
    case TUPLE:
    case LIST:
        if (!with_keys) {
            children = x;
            Py_INCREF(x);
            break;
        }
        n = PySequence_Size(x);
        children = PyTuple_New(n);
        for (Py_ssize_t i = 0; children && !bad && i < n; i++)
            bad = set_child(children, i, 1, index_key(SEQUENCE_KEY, i), PySequence_GetItem(x, i)) < 0;
        break;
    case NAMEDTUPLE:
        Py_DECREF(aux);
        aux = (PyObject *)Py_TYPE(x);
        Py_INCREF(aux);
        n = PyTuple_Size(x);
        if (with_keys && !(fields = namedtuple_fields(x, n))) break;
        children = PyList_New(n);
        for (Py_ssize_t i = 0; children && !bad && i < n; i++) {
            PyObject *child = PyTuple_GetItem(x, i);
            Py_INCREF(child);
            bad = set_child(children, i, with_keys, fields ? namedtuple_key(fields, i) : NULL, child) < 0;
        }
        break;
    case CUSTOM:
        Py_DECREF(aux);
        aux = NULL;
        children = with_keys ? call_flatten_with_keys(reg, x, &aux) : call_flatten(reg, x, &aux);
        break;
    default:
        n = PyTuple_Size(reg->data_fields);
        children = PyList_New(n);
        for (Py_ssize_t i = 0; children && !bad && i < n; i++) {
            PyObject *name = PyTuple_GetItem(reg->data_fields, i);
            PyObject *child = PyObject_GetAttr(x, name);
            bad = set_child(children, i, with_keys, with_keys ? object_key(GETATTR_KEY, name) : NULL, child) < 0;
        }
        n = PyTuple_Size(reg->meta_fields);
        Py_DECREF(aux);
        aux = children && !bad ? PyTuple_New(n) : NULL;
        for (Py_ssize_t i = 0; aux && !bad && i < n; i++)
            bad = set_child(aux, i, 0, NULL, PyObject_GetAttr(x, PyTuple_GetItem(reg->meta_fields, i))) < 0;
    }
    if (children && aux && !bad) r = PyTuple_Pack(2, children, aux);
    Py_XDECREF(children);
    Py_XDECREF(aux);
    Py_XDECREF(fields);
    return r;
}

static PyObject *registry_one_level(PyObject *self, PyObject *x) { return one_level(self, x, 0); }

static PyObject *registry_one_level_with_keys(PyObject *self, PyObject *x) { return one_level(self, x, 1); }

static PyMethodDef registry_methods[] = {
    {"flatten", FASTCALL(registry_flatten), METH_FASTCALL | METH_KEYWORDS,
     "flatten($self, tree, leaf_predicate=None)\n--\n\nThe list of leaves and the PyTreeDef."},
    {"flatten_with_path", FASTCALL(registry_flatten_with_path), METH_FASTCALL | METH_KEYWORDS,
     "flatten_with_path($self, tree, leaf_predicate=None)\n--\n\n"
     "The list of (path, leaf) and the PyTreeDef; the predicate takes path and subtree."},
    {"leaves", FASTCALL(registry_leaves), METH_FASTCALL | METH_KEYWORDS,
     "leaves($self, tree, leaf_predicate=None)\n--\n\nThe list of leaves."},
    {"structure", FASTCALL(registry_structure), METH_FASTCALL | METH_KEYWORDS,
     "structure($self, tree, leaf_predicate=None)\n--\n\nThe PyTreeDef."},
    {"map", FASTCALL(registry_map), METH_FASTCALL | METH_KEYWORDS,
     "map($self, f, tree, leaf_predicate=None)\n--\n\nThe tree with f applied to each leaf."},
    {"flatten_one_level", registry_one_level, METH_O,
     "flatten_one_level($self, tree, /)\n--\n\n(children, node data), or None for a leaf."},
    {"flatten_one_level_with_keys", registry_one_level_with_keys, METH_O,
     "flatten_one_level_with_keys($self, tree, /)\n--\n\n((key, child) pairs, node data), or None for a leaf."},
    {"register_node", FASTCALL(registry_register_node), METH_FASTCALL | METH_KEYWORDS,
     "register_node($self, type, to_iterable, from_iterable, to_iterable_with_keys=None)\n--\n\n"},
    {"register_dataclass_node", FASTCALL(registry_register_dataclass), METH_FASTCALL | METH_KEYWORDS,
     "register_dataclass_node($self, type, data_fields, meta_fields)\n--\n\n"},
    {"is_node", registry_is_node, METH_O, "is_node($self, type, /)\n--\n\nWhether objects of type are nodes."},
    {"__reduce__", registry_reduce, METH_NOARGS, NULL},
    {NULL}};

static PyMemberDef registry_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(Registry, dict), READONLY, NULL}, {NULL}};

static PyType_Slot registry_slots[] = {{Py_tp_new, registry_new},
                                       {Py_tp_dealloc, registry_dealloc},
                                       {Py_tp_traverse, registry_traverse},
                                       {Py_tp_clear, registry_clear},
                                       {Py_tp_methods, registry_methods},
                                       {Py_tp_members, registry_members},
                                       {Py_tp_doc, "The types that are nodes of pytrees, and how to flatten them."},
                                       {0, NULL}};

static PyType_Spec registry_spec = {"jaxgo.tree_util.PyTreeRegistry", sizeof(Registry), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, registry_slots};

// ---- Module ----

static PyMethodDef functions[] = {
    {"treedef_tuple", treedef_tuple, METH_VARARGS,
     "treedef_tuple(registry, treedefs, /)\n--\n\nThe treedef of a tuple of these."},
    {"treedef_map", treedef_map, METH_VARARGS,
     "treedef_map(f, treedef, columns, /)\n--\n\nThe tree whose leaves are f of an element of each column."},
    {"treedef_id", treedef_id, METH_O,
     "treedef_id(treedef, /)\n--\n\nA number equal for equal treedefs while one of them lives."},
    {"treedef_from_state", treedef_from_state, METH_VARARGS,
     "treedef_from_state(registry, state, /)\n--\n\nWhat unpickling a treedef calls."},
    {"all_leaves", all_leaves, METH_VARARGS,
     "all_leaves(registry, iterable, /)\n--\n\nWhether all elements are leaves."},
    {NULL}};

// Its type has no public name.
static PyTypeObject *find_generator_type(void) {
    PyObject *types = PyImport_ImportModule("types");
    PyObject *t = types ? PyObject_GetAttrString(types, "GeneratorType") : NULL;
    Py_XDECREF(types);
    return (PyTypeObject *)t;
}

int jg_pytree_init(PyObject *module) {
    if (!treedef_type) {
        if (table_init(&interned) < 0 || table_init(&classes) < 0) {
            PyErr_NoMemory();
            return -1;
        }
        if (!(str_fields = PyUnicode_InternFromString("_fields")) ||
            !(str_name = PyUnicode_InternFromString("__name__")) || !(generator_type = find_generator_type()) ||
            !(registry_type = (PyTypeObject *)PyType_FromSpec(&registry_spec)) ||
            !(default_registry = (Registry *)PyObject_CallObject((PyObject *)registry_type, NULL)) ||
            !(treedef_type = (PyTypeObject *)PyType_FromSpec(&treedef_spec)))
            return -1;
    }
    if (add_key_types(module) < 0 || PyModule_AddFunctions(module, functions) < 0 ||
        PyModule_AddObjectRef(module, "PyTreeDef", (PyObject *)treedef_type) < 0 ||
        PyModule_AddObjectRef(module, "PyTreeRegistry", (PyObject *)registry_type) < 0 ||
        PyModule_AddObjectRef(module, "default_registry", (PyObject *)default_registry) < 0)
        return -1;
    Py_XDECREF(from_state_func);
    from_state_func = PyObject_GetAttrString(module, "treedef_from_state");
    return from_state_func ? 0 : -1;
}
