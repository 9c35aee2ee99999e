package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// file is an .npy file with a header text as it stands.
func file(version byte, text string, data ...byte) []byte {
	b := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	return append(append(b, text...), data...)
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		version byte
		text    string
		descr   string
		fortran bool
		shape   []int
	}{
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", "<f4", false, []int{2, 3}},
		{2, "{'descr': '|b1', 'fortran_order': True, 'shape': (), }\n", "|b1", true, []int{}},
		{3, "{'descr': [('é', '<i8', (2,)), ('b]', '|O')], 'fortran_order': False, 'shape': (0,), }\n", "[('é', '<i8', (2,)), ('b]', '|O')]", false, []int{0}},
		{1, "{'descr': [('\xe9', '<i8')], 'fortran_order': False, 'shape': (0,), }\n", "[('é', '<i8')]", false, []int{0}},
		{1, `{"shape":(3L,),"fortran_order":False,"descr":"<c16"}`, "<c16", false, []int{3}},
	} {
		b := file(c.version, c.text, 1, 2, 3)
		r := bytes.NewReader(b)
		h, n, err := ReadHeader(r, MaxHeader)
		require.NoError(t, err, c.text)
		assert.Equal(t, c.descr, h.Descr.Type)
		assert.Equal(t, c.fortran, h.Descr.Fortran)
		assert.Equal(t, c.shape, h.Descr.Shape)
		assert.Equal(t, int64(len(b)-3), n)
		assert.Equal(t, 3, r.Len(), "nothing behind the header is read")
	}
}

func TestHeadersThatAreRefused(t *testing.T) {
	d := func(s string) []byte { return file(1, s) }
	for _, c := range []struct {
		b    []byte
		text string
	}{
		{nil, "not a valid NumPy file"},
		{[]byte("\x93NUM"), "not a valid NumPy file"},
		{[]byte("\x93NUMPX\x01\x00"), "not a valid NumPy file"},
		{[]byte("\x93NUMPY\x01"), "EOF: reading magic string, expected 8 bytes got 7"},
		{[]byte("\x93NUMPY\x04\x00\x00\x00"), "we only support format version (1,0), (2,0), and (3,0), not (4, 0)"},
		{[]byte("\x93NUMPY\x02\x00\x00\x00"), "EOF: reading array header length, expected 4 bytes got 2"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "Header info length (4294967295) is large"},
		{[]byte("\x93NUMPY\x01\x00\x10\x00{"), "EOF: reading array header, expected 16 bytes got 1"},
		{d(""), "Cannot parse header"},
		{d("{}"), "does not contain the correct keys"},
		{d("{'descr': '<f4', 'fortran_order': False}"), "does not contain the correct keys"},
		{d("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}"), "does not contain the correct keys"},
		{d("{'shape': (), 'shape': ()}"), "Cannot parse header"},
		{d("{'descr': '<f4', 'fortran_order': False, 'shape': ()} or 1"), "follows the dictionary"},
		{d("{'descr': '<f4', 'fortran_order': False, 'shape': ()}\x00"), "follows the dictionary"},
		{d("{'descr': f(), 'fortran_order': False, 'shape': ()}"), "descr is not a valid"},
		{d("{'descr': [(', 'fortran_order': False, 'shape': ()}"), "descr is not a valid"},
		{d("{'descr': [" + strings.Repeat("(", 100) + "], 'shape': ()}"), "descr is not a valid"},
		{d("{'descr': '<f4\\x41'}"), "descr is not a valid"},
		{d("{'fortran_order': 1}"), "fortran_order is not a valid bool"},
		{d("{'shape': [1]}"), "shape is not valid"},
		{d("{'shape': (3)}"), "shape is not valid"},
		{d("{'shape': (True,)}"), "shape is not valid"},
		{d("{'shape': (1e3,)}"), "shape is not valid"},
		{d("{'shape': (99999999999999999999,)}"), "shape is not valid"},
		{d("{'shape': (-1,)}"), "negative dimensions"},
		{d("{'shape': (" + strings.Repeat("1,", 65) + ")}"), "maximum supported dimension"},
	} {
		_, _, err := ReadHeader(bytes.NewReader(c.b), MaxHeader)
		assert.ErrorContains(t, err, c.text, "%q", c.b)
	}
}

// NumPy 2.4 wrote these.
func TestAppendHeader(t *testing.T) {
	for _, c := range []struct {
		descr   string
		fortran bool
		shape   []int
		want    string
	}{
		{"<f4", false, []int{}, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }" + strings.Repeat(" ", 62) + "\n"},
		{"<i8", false, []int{2}, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }" + strings.Repeat(" ", 60) + "\n"},
		{"|b1", true, []int{2, 30}, "{'descr': '|b1', 'fortran_order': True, 'shape': (2, 30), }" + strings.Repeat(" ", 58) + "\n"},
	} {
		got := AppendHeader(nil, c.descr, c.fortran, c.shape)
		assert.Equal(t, string(file(1, c.want)), string(got))
	}
	long := "[" + strings.Repeat("('abcdefgh', '<f4'), ", 4000) + "]"
	for _, descr := range []string{long, "[('ж', '<f4')]"} {
		got := AppendHeader(nil, descr, false, []int{1})
		assert.Zero(t, len(got)%64)
		h, n, err := ReadHeader(bytes.NewReader(got), 1<<20)
		require.NoError(t, err)
		assert.Equal(t, len(got), int(n))
		assert.Equal(t, descr, h.Descr.Type)
	}
	assert.Equal(t, byte(2), AppendHeader(nil, long, false, nil)[6])
	assert.Equal(t, byte(3), AppendHeader(nil, "[('ж', '<f4')]", false, nil)[6])
}

// npyio is another implementation of the format.
func TestAgainstNpyio(t *testing.T) {
	b := AppendHeader(nil, "<f8", false, []int{3})
	for _, x := range []float64{1, 2, 3} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	var got []float64
	require.NoError(t, npy.Read(bytes.NewReader(b), &got))
	assert.Equal(t, []float64{1, 2, 3}, got)

	var w bytes.Buffer
	require.NoError(t, npy.Write(&w, []int32{4, 5}))
	h, n, err := ReadHeader(&w, MaxHeader)
	require.NoError(t, err)
	assert.Equal(t, []int{2}, h.Descr.Shape)
	assert.Equal(t, 8, w.Len())
	assert.Positive(t, n)
	d, ok := DTypeOf(h.Descr.Type)
	assert.True(t, ok)
	assert.Equal(t, dtype.Int32, d)
}

func TestElementTypes(t *testing.T) {
	for d := dtype.Bool; d < dtype.Float0; d++ {
		back, ok := DTypeOf(Descr(d))
		if d.Size() == 1 && !d.IsBool() && d.Bits() < 8 || d.IsFloating() && d.Size() == 1 {
			assert.False(t, ok, d) // NumPy has no name for it
			continue
		}
		assert.True(t, ok, d)
		assert.Equal(t, d, back)
	}
	for _, s := range []string{">f4", ">f2", "|O", "O", "<U3", "|S4", "<M8[s]", "<f16", "|V4", "", "<", "[('a', '<f4')]", "<f1"} {
		_, ok := DTypeOf(s)
		assert.False(t, ok, s)
	}
	for s, d := range map[string]dtype.DType{"=f4": dtype.Float32, "f8": dtype.Float64, "float16": dtype.Float16, "|V2": dtype.BFloat16, "<u1": dtype.Uint8} {
		got, ok := DTypeOf(s)
		assert.True(t, ok, s)
		assert.Equal(t, d, got, s)
	}
}

// ---- archives ----

func archive(t testing.TB, f func(w *ArchiveWriter)) []byte {
	var b bytes.Buffer
	w := NewArchiveWriter(&b)
	f(w)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	head := AppendHeader(nil, "|u1", false, []int{3})
	b := archive(t, func(w *ArchiveWriter) {
		require.NoError(t, w.Add("a.npy", head, []byte{1, 2, 3}))
		require.NoError(t, w.Add("layer/w.npy", head, []byte{4, 5, 6}))
		require.NoError(t, w.Add("text", nil, []byte("hi")))
		for _, name := range []string{"../a", "/a", "a/../../b", "a\\b", "", "x\x00"} {
			assert.ErrorContains(t, w.Add(name, nil, nil), "no name for a member", name)
		}
	})
	a, err := OpenArchive(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	assert.Equal(t, []string{"a.npy", "layer/w.npy", "text"}, a.Names())
	m, err := a.Open("layer/w.npy", MaxHeader)
	require.NoError(t, err)
	assert.Equal(t, []int{3}, m.Header.Descr.Shape)
	assert.Equal(t, int64(3), m.Size)
	var got [3]byte
	require.NoError(t, m.Read(got[:]))
	assert.Equal(t, [3]byte{4, 5, 6}, got)
	m, err = a.Open("text", MaxHeader)
	require.NoError(t, err)
	assert.Nil(t, m.Header)
	require.NoError(t, m.Read(got[:m.Size]))
	assert.Equal(t, "hi", string(got[:2]))
	_, err = a.Open("b", MaxHeader)
	assert.ErrorContains(t, err, "is not a file in the archive")
}

// compressed is an archive of one deflated member, whose directory f may falsify.
func compressed(t testing.TB, name string, data []byte, f func(h *zip.FileHeader)) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	fw, err := w.Create(name)
	require.NoError(t, err)
	_, err = fw.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	if f == nil {
		return b.Bytes()
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	raw, err := r.File[0].OpenRaw()
	require.NoError(t, err)
	h := r.File[0].FileHeader
	f(&h)
	var out bytes.Buffer
	w = zip.NewWriter(&out)
	fw, err = w.CreateRaw(&h)
	require.NoError(t, err)
	_, err = io.Copy(fw, raw)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func readAll(b []byte, name string) ([]byte, error) {
	a, err := OpenArchive(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	m, err := a.Open(name, MaxHeader)
	if err != nil {
		return nil, err
	}
	data := make([]byte, m.Size)
	return data, m.Read(data)
}

func TestArchivesThatLie(t *testing.T) {
	data := append(AppendHeader(nil, "|u1", false, []int{100000}), make([]byte, 100000)...)
	got, err := readAll(compressed(t, "a", data, nil), "a")
	require.NoError(t, err)
	assert.Len(t, got, 100000)
	for _, c := range []struct {
		text string
		f    func(h *zip.FileHeader)
	}{
		{"the directory says that", func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40 }},
		{"bytes of an archive of", func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 63 }},
		{"bytes of an archive of", func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 30 }},
		{"its directory wrong", func(h *zip.FileHeader) { h.UncompressedSize64 += 1000 }},
		{"damaged", func(h *zip.FileHeader) { h.UncompressedSize64 -= 1000 }},
		{"Bad CRC-32", func(h *zip.FileHeader) { h.CRC32++ }},
		{"encrypted", func(h *zip.FileHeader) { h.Flags |= 1 }},
		{"unknown compression", func(h *zip.FileHeader) { h.Method = 12 }},
		{"the directory says that", func(h *zip.FileHeader) { h.Method = zip.Store }},
		{"name leads out", func(h *zip.FileHeader) { h.Name = "../../etc/passwd" }},
		{"name leads out", func(h *zip.FileHeader) { h.Name = "/etc/passwd" }},
	} {
		_, err := readAll(compressed(t, "a", data, c.f), "a")
		assert.ErrorContains(t, err, c.text)
	}
	_, err = readAll([]byte("PK\x03\x04 and so on"), "a")
	assert.ErrorContains(t, err, "not a zip file")
	whole := compressed(t, "a", data, nil)
	_, err = readAll(whole[:len(whole)-30], "a")
	assert.ErrorContains(t, err, "not a zip file")
}

func FuzzHeader(f *testing.F) {
	f.Add(AppendHeader(nil, "<f4", true, []int{2, 3}))
	f.Add(AppendHeader(nil, "[('a', '<f4'), ('ж', '|S2', (2,))]", false, []int{0}))
	f.Add(file(1, `{"shape":(3L,),"fortran_order":False,"descr":"<c16"}`))
	f.Add(file(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := ReadHeader(bytes.NewReader(b), MaxHeader)
		if err != nil {
			return
		}
		if n > int64(len(b)) || n > MaxHeader+12 {
			t.Fatalf("read %d bytes of %d", n, len(b))
		}
		for _, d := range h.Descr.Shape {
			if d < 0 {
				t.Fatalf("shape %v", h.Descr.Shape)
			}
		}
		DTypeOf(h.Descr.Type)
		if strings.HasPrefix(h.Descr.Type, "(") || strings.Contains(h.Descr.Type, "'") && h.Descr.Type[0] != '[' {
			return // neither is ever written
		}
		again, _, err := ReadHeader(bytes.NewReader(AppendHeader(nil, h.Descr.Type, h.Descr.Fortran, h.Descr.Shape)), 1<<20)
		if err != nil {
			t.Fatalf("%q: %s", h.Descr.Type, err)
		}
		again.Major = h.Major
		assert.Equal(t, h, again)
	})
}

func FuzzArchive(f *testing.F) {
	head := AppendHeader(nil, "<f4", false, []int{2})
	f.Add(archive(f, func(w *ArchiveWriter) {
		_ = w.Add("a.npy", head, make([]byte, 8))
		_ = w.Add("text", nil, []byte("hi"))
	}))
	f.Add(compressed(f, "a.npy", append(head, make([]byte, 8)...), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := OpenArchive(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, name := range a.Names() {
			if !Local(name) {
				t.Fatalf("%q was let in", name)
			}
			m, err := a.Open(name, MaxHeader)
			if err != nil {
				continue
			}
			if m.Size > int64(len(b))*deflateMost+deflateMost {
				t.Fatalf("%d bytes are believed to unpack to %d", len(b), m.Size)
			}
			_ = m.Read(make([]byte, min(m.Size, 1<<20)))
		}
	})
}
