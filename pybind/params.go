package pybind

import (
	"reflect"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// Parameters that Python gives back: an interpreter of jaxprs applies an equation's primitive to other operands, with the
// equation's parameters or with some of them changed. Numbers, tuples, dtypes and jaxprs are read as they are; what Python
// has seen as a text is found by it, and what it has not seen, the hidden fields, by the visible ones.

// maxShown bounds what is remembered of the equations that Python has looked at.
const maxShown = 1 << 14

// A shownText is a parameter's type and its text.
type shownText struct {
	typ  reflect.Type
	text string
}

var (
	shownTexts  = map[shownText]reflect.Value{}
	shownParams = map[string]any{} // by primitive and visible parameters
)

// remember keeps what paramsOf needs of an equation that Python looks at.
func remember(e *core.Eqn) {
	if len(shownTexts)+len(shownParams) > maxShown {
		forgetShown()
	}
	if core.HasHiddenParams(e.Prim) {
		shownParams[string(core.AppendVisibleKey([]byte(e.Prim.Name+"\x00"), e.Prim, e.Params))] = e.Params
	}
	for _, p := range paramList(e) {
		if r := reflect.ValueOf(p.Value); !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil() {
			continue
		}
		if text, ok := paramText(p.Value); ok {
			shownTexts[shownText{reflect.TypeOf(p.Value), text}] = reflect.ValueOf(p.Value)
		}
	}
}

func forgetShown() {
	clear(shownTexts)
	clear(shownParams)
}

// paramText is the text of a parameter that Python has not as itself.
func paramText(v any) (text string, ok bool) {
	if t := reflect.TypeOf(v); natural(t) {
		return "", false
	}
	if p, ok := v.(interface{ PyValue() any }); ok {
		return core.FormatParam(p.PyValue()), true
	}
	return core.FormatParam(v), true
}

var (
	noneType  = reflect.TypeFor[core.None]()
	dtypeType = reflect.TypeFor[dtype.DType]()
	jaxprType = reflect.TypeFor[*core.ClosedJaxpr]()
)

// natural reports whether Python has parameters of this type as objects of its own.
func natural(t reflect.Type) bool {
	switch t {
	case noneType, dtypeType, jaxprType:
		return true
	}
	if t.PkgPath() != "" { // a type with a name
		return false
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64, reflect.String:
		return true
	case reflect.Slice, reflect.Array:
		return natural(t.Elem())
	}
	return false
}

// paramsOf makes the parameters of a primitive of pairs of names and values.
func paramsOf(p *core.Primitive, pairs []core.Arg) any {
	given := map[string]*core.Arg{}
	for i := range pairs {
		given[string([]byte(pairs[i].Items[0].S))] = &pairs[i].Items[1]
	}
	missing := func(name string, v reflect.Value) {
		g, ok := given[name]
		if !ok && v.Type() == noneType {
			return
		}
		if !ok {
			core.Errorf(core.TypeError, "%s.bind: the parameter %s is missing", p.Name, name)
		}
		delete(given, name)
		if !setParam(v, g) {
			core.Errorf(core.TypeError, "%s.bind: the parameter %s can't be %s", p.Name, name, g.Describe())
		}
	}
	params := core.MakeParams(p, missing)
	for name := range given {
		core.Errorf(core.TypeError, "%s.bind: there is no parameter %s", p.Name, name)
	}
	if core.HasHiddenParams(p) {
		shown := shownParams[string(core.AppendVisibleKey([]byte(p.Name+"\x00"), p, params))]
		if shown == nil && !core.ZeroHiddenParamsAreFine(p) {
			core.Errorf(core.NotImplementedError, "%s.bind: these parameters are of no equation that was looked at; use the function of jax.lax", p.Name)
		}
		if shown != nil {
			return shown
		}
	}
	return params
}

// setParam reads a value into a field; false: it can't.
func setParam(v reflect.Value, g *core.Arg) bool {
	switch {
	case v.Type() == noneType:
		return g.Kind == core.ArgNone
	case v.Type() == dtypeType:
		if g.Kind == core.ArgDType {
			v.Set(reflect.ValueOf(g.D))
		}
		return g.Kind == core.ArgDType || g.Kind == core.ArgNone
	case v.Type() == jaxprType:
		if g.Kind == core.ArgGo {
			v.Set(reflect.ValueOf(closed(&core.Args{Fn: &builtinFunc, List: []core.Arg{*g}}, 0)))
		}
		return g.Kind == core.ArgGo || g.Kind == core.ArgNone
	case !natural(v.Type()):
		if known, ok := shownTexts[shownText{v.Type(), argText(g)}]; ok {
			v.Set(known)
			return true
		}
		return g.Kind == core.ArgNone && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface)
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(g.I != 0)
		return g.Kind == core.ArgBool || g.Kind == core.ArgInt
	case reflect.Int, reflect.Int64:
		v.SetInt(g.I)
		return g.Kind == core.ArgInt || g.Kind == core.ArgBool
	case reflect.Float64:
		v.SetFloat(real(g.F))
		if g.Kind == core.ArgInt {
			v.SetFloat(float64(g.I))
		}
		return g.Kind == core.ArgFloat || g.Kind == core.ArgInt
	case reflect.String:
		v.SetString(string([]byte(g.S)))
		return g.Kind == core.ArgStr
	case reflect.Slice:
		if g.Kind != core.ArgSeq {
			return g.Kind == core.ArgNone
		}
		v.Set(reflect.MakeSlice(v.Type(), len(g.Items), len(g.Items)))
	case reflect.Array:
		if g.Kind != core.ArgSeq || len(g.Items) != v.Len() {
			return false
		}
	}
	for i := range g.Items {
		if !setParam(v.Index(i), &g.Items[i]) {
			return false
		}
	}
	return true
}

// argText is what core.FormatParam makes of a value that Python has as g.
func argText(g *core.Arg) string {
	switch g.Kind {
	case core.ArgNone:
		return core.FormatParam(nil)
	case core.ArgBool:
		return core.FormatParam(g.I != 0)
	case core.ArgInt:
		return core.FormatParam(g.I)
	case core.ArgFloat:
		return core.FormatParam(real(g.F))
	case core.ArgStr:
		return string([]byte(g.S))
	case core.ArgDType:
		return core.FormatParam(g.D)
	case core.ArgSeq:
		items := make([]textParam, len(g.Items))
		for i := range items {
			items[i] = textParam(argText(&g.Items[i]))
		}
		return core.FormatParam(items)
	}
	return ""
}

// A textParam prints as it is.
type textParam string

// PyString is the text.
func (t textParam) PyString() string { return string(t) }
