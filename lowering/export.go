package lowering

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/stablehlo"
	"github.com/jaxgo/jaxgo/lowering/lapack"
)

// Exported programs: modules that hold all they need as text, and a primitive that calls one from other programs.

// LowerExport writes j as a module that takes j's inputs; the constants are in its text.
func LowerExport(j *core.ClosedJaxpr, name string) []byte {
	m := stablehlo.NewModule(name)
	l := &lowerer{m: m}
	in := make([]*stablehlo.Type, len(j.In))
	for i, v := range j.In {
		in[i] = v.Aval().HLO()
	}
	f := m.Func("main", nil, true, in)
	args := make([]stablehlo.Value, 0, len(j.Consts)+len(in))
	for _, c := range j.Consts {
		args = append(args, denseConst(&f.B, c))
	}
	f.Return(l.body(&f.B, j.Jaxpr, append(args, f.Args()...)))
	return m.Bytes()
}

// denseConst writes an array's values. Elements of less than a byte come as bytes: how MLIR packs those in its text
// differs between versions.
func denseConst(b *stablehlo.Builder, v core.Value) stablehlo.Value {
	if _, ok := v.(core.Tracer); ok {
		core.Errorf(core.ValueError, "export: the function closes over a value that is being traced")
	}
	if l, ok := v.(*core.Literal); ok {
		return b.Constant(constText(l), l.Aval().HLO())
	}
	t := v.Aval().HLO()
	if v.Aval().DType == dtype.Float0 {
		return b.Constant("false", t)
	}
	stored := t
	switch t.Elem {
	case "i1", "ui2", "ui4":
		stored = t.WithElem("ui8")
	case "i2", "i4":
		stored = t.WithElem("i8")
	case "f4E2M1FN":
		core.Errorf(core.NotImplementedError, "export: constants of dtype %s", v.Aval().DType.Name())
	}
	dense := ""
	if bytes := toHost(v); len(bytes) > 0 {
		dense = "\"0x" + strings.ToUpper(hex.EncodeToString(bytes)) + "\""
	}
	c := b.Constant(dense, stored)
	if stored != t {
		c = b.Op("stablehlo.convert", "", nil, []stablehlo.Value{c}, t)[0]
	}
	return c
}

// targets are the custom calls that XLA answers itself, in every process. LAPACK's are allowed as well.
var targets = []string{"ApproxTopK", "Eigh", "Qr", "ProductOfElementaryHouseholderReflectors"}

// An Exported is the text of a module with its types, ready to be called from programs.
type Exported struct {
	Name    string
	In, Out []*core.Aval
	prog    *stablehlo.Program
	key     [32]byte
}

// NewExported checks the text, which may come from anywhere. It may call the custom targets XLA has, and those named,
// but never Python's functions: their numbers mean nothing in another process.
func NewExported(name, text string, in, out []*core.Aval, allowed []string) *Exported {
	p, err := stablehlo.ParseProgram(text, hloTypes(in), hloTypes(out), func(t string) bool {
		return slices.Contains(targets, t) || lapack.IsTarget(t) || slices.Contains(allowed, t) && t != lax.HostTarget
	})
	var target *stablehlo.TargetError
	if errors.As(err, &target) {
		core.Errorf(core.ValueError, "Cannot serialize code with custom calls whose targets have no compatibility guarantees. "+
			"Examples are:\n%s\nSee https://docs.jax.dev/en/latest/export/export.html#compatibility-guarantees-for-custom-calls", target.Target)
	}
	if err != nil {
		core.Errorf(core.ValueError, "export: the module of %q can't be used: %v", name, err)
	}
	k := []byte(name + "\x00" + text)
	for _, a := range append(append([]*core.Aval{}, in...), out...) {
		k = append(append(k, 0), a.String()...)
		if a.Weak {
			k = append(k, '~')
		}
	}
	return &Exported{Name: name, In: in, Out: out, prog: p, key: sha256.Sum256(k)}
}

func hloTypes(avals []*core.Aval) []*stablehlo.Type {
	ts := make([]*stablehlo.Type, len(avals))
	for i, a := range avals {
		ts[i] = a.HLO()
	}
	return ts
}

// AppendKey implements core.Keyer: programs are the same if their texts and types are.
func (x *Exported) AppendKey(b []byte) []byte { return append(b, x.key[:]...) }

// PyString implements core.PyTyped.
func (x *Exported) PyString() string { return "Exported(fun_name=" + x.Name + ", ...)" }

// CallExportedParams are the parameters of call_exported.
type CallExportedParams struct{ Exported *Exported }

var callExportedOp = core.Declare[CallExportedParams]("call_exported")

// CallExported calls an exported program; the operands have its types, which the caller has checked.
func CallExported(x *Exported, in []core.Value) []core.Value {
	return callExportedOp.Bind(CallExportedParams{x}, in...)
}

func init() {
	callExportedOp.Define(core.Rules[CallExportedParams]{
		Doc: "A call of a program that was exported.",
		Abstract: func(p CallExportedParams, in []*core.Aval) []*core.Aval {
			if len(in) != len(p.Exported.In) {
				core.Errorf(core.ValueError, "call_exported: %d operands, not %d", len(in), len(p.Exported.In))
			}
			for i, a := range in {
				if want := p.Exported.In[i]; a.Strong() != want.Strong() {
					core.Errorf(core.ValueError, "call_exported: operand %d has the type %s, not %s", i, a, want)
				}
			}
			return p.Exported.Out
		},
		Lower: func(c core.LowerCtx, p CallExportedParams, in []stablehlo.Value) []stablehlo.Value {
			x, m := p.Exported, c.B().Module()
			f := m.Lookup(x.key)
			if f == nil {
				f = m.Embed("call_exported_"+x.Name, x.key, x.prog, hloTypes(x.In), hloTypes(x.Out))
			}
			return c.B().Call(f, in)
		},
	})
}
