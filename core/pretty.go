package core

import "strings"

// A small pretty printer after Lindig's "Strictly Pretty" (2000), as JAX's: a group is laid out on one line if it fits,
// otherwise each of its breaks starts a new line.

type doc interface{}

type (
	docText   string
	docBreak  string // printed as it is on one line, as a newline where its group is broken
	docConcat []doc
	docNest   struct {
		n int
		d doc
	}
	docGroup struct{ d doc }
)

func docJoin(sep doc, ds []doc) doc {
	var out docConcat
	for i, d := range ds {
		if i > 0 {
			out = append(out, sep)
		}
		out = append(out, d)
	}
	return out
}

type docState struct {
	indent int
	flat   bool
	d      doc
}

// layout prints d in lines of the given width.
func layout(d doc, width int) string {
	var b strings.Builder
	col := 0
	agenda := []docState{{0, false, d}}
	for len(agenda) > 0 {
		s := agenda[len(agenda)-1]
		agenda = agenda[:len(agenda)-1]
		switch d := s.d.(type) {
		case docText:
			b.WriteString(string(d))
			col += len(d)
		case docBreak:
			if s.flat {
				b.WriteString(string(d))
				col += len(d)
			} else {
				b.WriteByte('\n')
				b.WriteString(strings.Repeat(" ", s.indent))
				col = s.indent
			}
		case docConcat:
			for i := len(d) - 1; i >= 0; i-- {
				agenda = append(agenda, docState{s.indent, s.flat, d[i]})
			}
		case docNest:
			agenda = append(agenda, docState{s.indent + d.n, s.flat, d.d})
		case docGroup:
			agenda = append(agenda, docState{s.indent, s.flat || fits(d.d, width-col), d.d})
		}
	}
	return b.String()
}

// fits reports whether d takes at most width columns on one line.
func fits(d doc, width int) bool {
	agenda := []doc{d}
	for len(agenda) > 0 && width >= 0 {
		d := agenda[len(agenda)-1]
		agenda = agenda[:len(agenda)-1]
		switch d := d.(type) {
		case docText:
			if strings.ContainsRune(string(d), '\n') {
				return false
			}
			width -= len(d)
		case docBreak:
			width -= len(d)
		case docConcat:
			for i := len(d) - 1; i >= 0; i-- {
				agenda = append(agenda, d[i])
			}
		case docNest:
			agenda = append(agenda, d.d)
		case docGroup:
			agenda = append(agenda, d.d)
		}
	}
	return width >= 0
}
