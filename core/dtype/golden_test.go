package dtype

import (
	"bufio"
	"encoding/hex"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// lines reads a golden file that testdata/gen.py wrote.
func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if !strings.HasPrefix(sc.Text(), "#") {
			out = append(out, sc.Text())
		}
	}
	require.NoError(t, sc.Err())
	require.NotEmpty(t, out)
	return out
}

func named(t *testing.T, name string) DType {
	t.Helper()
	d, ok := FromName(name)
	require.True(t, ok, name)
	return d
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// float reads a float64 by its bits.
func float(t *testing.T, s string) float64 {
	t.Helper()
	b, err := strconv.ParseUint(s, 16, 64)
	require.NoError(t, err)
	return math.Float64frombits(b)
}

// element is the hexadecimal form of the element that put writes. Bytes beyond it must stay as they are.
func element(t *testing.T, d DType, put func(dst []byte)) string {
	t.Helper()
	buf := []byte(strings.Repeat("\xaa", 20))
	put(buf)
	for _, b := range buf[d.Size():] {
		require.Equal(t, byte(0xaa), b, "%v: written beyond the element", d)
	}
	return hex.EncodeToString(buf[:d.Size()])
}
