package npy

import (
	"archive/zip"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/sbinet/npyio/npy"
)

// An Archive is an .npz file that is read. Its members' names are keys and never become paths of files.
type Archive struct {
	names  []string
	byName map[string]*zip.File
	size   int64
}

// OpenArchive reads the directory of an archive of size bytes.
func OpenArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if errors.Is(err, zip.ErrFormat) || ended(err) {
		return nil, fail("File is not a zip file")
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	a := &Archive{byName: map[string]*zip.File{}, size: size}
	for _, f := range z.File {
		name := f.Name
		if !utf8.ValidString(name) {
			name = latin1([]byte(name))
		}
		if !Local(name) {
			return nil, fail("the archive has a member %.200q, whose name leads out of it", name)
		}
		if a.byName[name] == nil {
			a.names = append(a.names, name)
		}
		a.byName[name] = f // the last one counts, as for zipfile
	}
	return a, nil
}

// Local reports whether a member of that name stays below the folder that an archive is unpacked in.
func Local(name string) bool {
	return name != "" && filepath.IsLocal(name) && !strings.ContainsAny(name, "\\\x00")
}

// Names lists the members in the order of the directory.
func (a *Archive) Names() []string { return a.names }

// A Member is one file of an archive, open for reading.
type Member struct {
	Header *Header // nil if it is no .npy file
	Size   int64   // bytes that follow the header, as far as the directory tells the truth
	r      io.ReadCloser
	start  []byte // of what is no .npy file
}

// deflateMost is more than what a byte of deflated data can stand for (1032 bytes).
const deflateMost = 1040

// Open opens a member and reads its header. The size that the directory states is compared with the bytes that the member
// takes in the archive: nothing is believed that those cannot unpack to.
func (a *Archive) Open(name string, limit int64) (*Member, error) {
	f := a.byName[name]
	if f == nil {
		return nil, fail("%s is not a file in the archive", name)
	}
	packed, size := f.CompressedSize64, f.UncompressedSize64
	switch {
	case f.Flags&1 != 0:
		return nil, fail("%s: it is encrypted", name)
	case packed > uint64(a.size) || size > math.MaxInt64: // #nosec G115 -- a.size is a size, not negative
		return nil, fail("%s: the directory gives it %d bytes of an archive of %d", name, packed, a.size)
	case f.Method == zip.Store && packed != size,
		f.Method == zip.Deflate && size/deflateMost > packed:
		return nil, fail("%s: the directory says that %d bytes unpack to %d", name, packed, size)
	}
	r, err := f.Open()
	if err != nil {
		return nil, memberError(name, err)
	}
	m := &Member{Size: int64(size), r: r}
	var start [6]byte
	n, err := io.ReadFull(r, start[:])
	if err != nil && !(ended(err) && int64(n) == m.Size) {
		r.Close()
		return nil, memberError(name, err)
	}
	if start != npy.Magic {
		m.start = start[:n]
		return m, nil
	}
	h, took, err := ReadHeader(io.MultiReader(strings.NewReader(string(start[:])), r), limit)
	if err != nil {
		r.Close()
		return nil, memberError(name, err)
	}
	m.Header = h
	m.Size -= took
	return m, nil
}

// Read fills dst, which must not be longer than Size, reads what follows, so that the checksum is checked, and closes m.
func (m *Member) Read(dst []byte) error {
	defer m.Close()
	n := copy(dst, m.start)
	if _, err := io.ReadFull(m.r, dst[n:]); err != nil {
		return memberError("array data", err)
	}
	if _, err := io.Copy(io.Discard, m.r); err != nil {
		return memberError("array data", err)
	}
	return nil
}

// Close ends reading.
func (m *Member) Close() error { return m.r.Close() }

func memberError(name string, err error) error {
	switch {
	case ended(err):
		return fail("EOF: reading %s: the archive is truncated, or its directory wrong", name)
	case errors.Is(err, zip.ErrAlgorithm):
		return fail("%s: an unknown compression method", name)
	case errors.Is(err, zip.ErrChecksum):
		return fail("Bad CRC-32 for file %s", name)
	case errors.Is(err, zip.ErrFormat), strings.HasPrefix(err.Error(), "flate:"):
		return fail("%s: the archive is damaged: %s", name, err)
	}
	return err
}

// An ArchiveWriter writes an .npz file whose members are stored, not compressed.
type ArchiveWriter struct{ z *zip.Writer }

// NewArchiveWriter writes to w, from its current position on.
func NewArchiveWriter(w io.Writer) *ArchiveWriter { return &ArchiveWriter{zip.NewWriter(w)} }

// Add writes a member.
func (a *ArchiveWriter) Add(name string, header, data []byte) error {
	if !Local(name) {
		return fail("%q is no name for a member of an archive", name)
	}
	h := &zip.FileHeader{Name: name, Method: zip.Store, Flags: 0x800} // the name is UTF-8
	size := uint64(len(header)) + uint64(len(data))
	var w io.Writer
	var err error
	if size < math.MaxUint32 {
		// Sizes and checksum stand before the data, for readers that cannot seek.
		crc := crc32.Update(crc32.ChecksumIEEE(header), crc32.IEEETable, data)
		h.CRC32, h.CompressedSize64, h.UncompressedSize64 = crc, size, size
		w, err = a.z.CreateRaw(h)
	} else {
		w, err = a.z.CreateHeader(h)
	}
	if err != nil {
		return err
	}
	if _, err = w.Write(header); err == nil {
		_, err = w.Write(data)
	}
	return err
}

// Close writes the directory.
func (a *ArchiveWriter) Close() error { return a.z.Close() }
