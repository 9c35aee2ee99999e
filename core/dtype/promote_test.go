package dtype

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func typed(t *testing.T, s string) Typed {
	t.Helper()
	short, weak := strings.CutSuffix(s, "*")
	d, ok := FromShort(short)
	require.True(t, ok, s)
	return Typed{d, weak}
}

func typedList(t *testing.T, s string) []Typed {
	var ts []Typed
	for _, o := range strings.Split(s, ",") {
		ts = append(ts, typed(t, o))
	}
	return ts
}

// answer is a promotion in the notation of the golden file.
func answer(d DType, weak bool, err error) string {
	var promotion *PromotionError
	switch {
	case errors.As(err, &promotion):
		return "-"
	case err != nil:
		return "!"
	case weak:
		return d.Short() + "*"
	}
	return d.Short()
}

func mode(s string) Mode {
	if s == "strict" {
		return Strict
	}
	return Standard
}

func TestPromotion(t *testing.T) {
	var (
		columns []Typed
		m       Mode
		x64     bool
	)
	check := func(want string, ts ...Typed) {
		if got := answer(Promote(ts, x64, m)); got != want {
			t.Errorf("%v x64=%v %v: got %s, want %s", m, x64, ts, got, want)
		}
		if len(ts) == 2 && m == Standard {
			d, weak, ok := Promote2(ts[0], ts[1], x64)
			require.Equal(t, want != "-" && want != "!", ok)
			if ok {
				require.Equal(t, want, answer(d, weak, nil))
			}
		}
	}
	for _, line := range lines(t, "promotion.txt") {
		f := strings.Fields(line)
		switch f[0] {
		case "mode":
			m, x64 = mode(f[1]), f[2] == "True"
		case "columns":
			columns = columns[:0]
			for _, c := range f[1:] {
				columns = append(columns, typed(t, c))
			}
		case "row":
			a, later := typed(t, f[1]), columns[len(columns)-len(f[2:]):]
			for i, want := range f[2:] {
				check(want, a, later[i])
				check(want, later[i], a)
			}
		case "list":
			check(f[2], typedList(t, f[1])...)
		}
	}
}

func TestPromotionErrors(t *testing.T) {
	for _, line := range lines(t, "errors.txt") {
		f := strings.SplitN(line, "|", 3)
		how := strings.Fields(f[0])
		_, _, err := Promote(typedList(t, how[2]), how[1] == "True", mode(how[0]))
		require.EqualError(t, err, f[2], f[0])
		var promotion *PromotionError
		assert.Equal(t, f[1] == "TypePromotionError", errors.As(err, &promotion), f[0])
	}
}

func TestResultType(t *testing.T) {
	weak16 := []Typed{{Int16, true}}
	d, weak, err := Promote(weak16, false, Standard)
	require.NoError(t, err)
	assert.Equal(t, Typed{Int16, true}, Typed{d, weak})
	d, weak, err = ResultType(weak16, false, Standard)
	require.NoError(t, err)
	assert.Equal(t, Typed{Int32, true}, Typed{d, weak})
	d, _, err = ResultType([]Typed{{Int16, false}, {BFloat16, true}}, true, Standard)
	require.NoError(t, err)
	assert.Equal(t, Float64, d)
}

func TestPromote2DoesNotAllocate(t *testing.T) {
	a, b := Typed{Int32, true}, Typed{Float32, false}
	ts := []Typed{a, b, {Bool, false}}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		Promote2(a, b, false)
		Promote(ts, false, Standard)
	}))
}

var sink DType

func BenchmarkPromote2(b *testing.B) {
	x, y := Typed{Int32, true}, Typed{Float32, false}
	for range b.N {
		sink, _, _ = Promote2(x, y, false)
	}
}

func BenchmarkPromoteThree(b *testing.B) {
	ts := []Typed{{Int32, true}, {Float32, false}, {BFloat16, false}}
	for range b.N {
		sink, _, _ = Promote(ts, false, Standard)
	}
}

// BenchmarkTabulate is what importing the package costs.
func BenchmarkTabulate(b *testing.B) {
	for range b.N {
		tabulate()
	}
}
