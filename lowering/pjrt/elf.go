package pjrt

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

var elfMachines = map[string]elf.Machine{
	"amd64":   elf.EM_X86_64,
	"arm64":   elf.EM_AARCH64,
	"riscv64": elf.EM_RISCV,
	"ppc64le": elf.EM_PPC64,
	"s390x":   elf.EM_S390,
}

var elfNames = map[elf.Machine]string{
	elf.EM_X86_64:  "x86_64",
	elf.EM_AARCH64: "aarch64",
	elf.EM_RISCV:   "riscv64",
	elf.EM_PPC64:   "ppc64",
	elf.EM_S390:    "s390x",
	elf.EM_386:     "i386",
	elf.EM_ARM:     "arm",
}

func elfName(m elf.Machine) string {
	if s, ok := elfNames[m]; ok {
		return s
	}
	return m.String()
}

// checkLibrary looks at the file before dlopen does, whose messages name
// neither a wrong machine nor a file that a download cut short, and which
// crashes on some of the latter. path is what the user wrote, file what it leads
// to without symbolic links.
func checkLibrary(path, file string) error {
	// A pipe must not make us wait.
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // #nosec G304 -- the user named it, or an installed package did
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errorf(NotFound, "%s: no such file", path)
	case errors.Is(err, fs.ErrPermission):
		return errorf(PermissionDenied, "%s: not readable by this user", path)
	case err != nil:
		return errorf(Unavailable, "%v", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return errorf(Unavailable, "%v", err)
	}
	if !info.Mode().IsRegular() {
		return errorf(InvalidArgument, "%s: not a regular file", path)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return errorf(PermissionDenied, "%s: anybody can write to this file; chmod o-w it, or install the plugin again", path)
	}
	dir := filepath.Dir(file)
	if d, err := os.Stat(dir); err == nil && d.Mode().Perm()&0o002 != 0 && d.Mode()&fs.ModeSticky == 0 {
		return errorf(PermissionDenied, "%s: anybody can put files into its directory; chmod o-w %s", path, dir)
	}
	if runtime.GOOS != "linux" {
		return nil
	}
	return checkELF(path, f, info.Size())
}

func checkELF(path string, r io.ReaderAt, size int64) error {
	var head [64]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return errorf(Unavailable, "%v", err)
	}
	if n < 4 || string(head[:4]) != elf.ELFMAG {
		return errorf(InvalidArgument, "%s: not a shared library (no ELF header)", path)
	}
	if n < len(head) {
		return truncated(path, size)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	machine := elf.Machine(order.Uint16(head[18:]))
	if want, known := elfMachines[runtime.GOARCH]; known && machine != want {
		return errorf(InvalidArgument, "%s: built for %s, this machine is %s", path, elfName(machine), elfName(want))
	}
	if elf.Class(head[elf.EI_CLASS]) != elf.ELFCLASS64 {
		return errorf(InvalidArgument, "%s: not a 64-bit library", path)
	}
	if t := elf.Type(order.Uint16(head[16:])); t != elf.ET_DYN {
		return errorf(InvalidArgument, "%s: not a shared library (ELF type %v)", path, t)
	}
	// Every segment and the section table, which linkers put last, must be there.
	phoff, shoff := order.Uint64(head[32:]), order.Uint64(head[40:])
	phsize, phnum := uint64(order.Uint16(head[54:])), uint64(order.Uint16(head[56:]))
	shsize, shnum := uint64(order.Uint16(head[58:])), uint64(order.Uint16(head[60:]))
	if !within(phoff, phsize*phnum, size) || !within(shoff, shsize*shnum, size) {
		return truncated(path, size)
	}
	if phsize < 56 {
		return errorf(InvalidArgument, "%s: not a shared library (program headers of %d bytes)", path, phsize)
	}
	headers := make([]byte, phsize*phnum)
	if _, err := r.ReadAt(headers, int64(phoff)); err != nil && err != io.EOF { // #nosec G115 -- within the file, see above
		return errorf(Unavailable, "%v", err)
	}
	for ; len(headers) > 0; headers = headers[phsize:] {
		off, n := order.Uint64(headers[8:]), order.Uint64(headers[32:])
		if elf.ProgType(order.Uint32(headers)) != elf.PT_NULL && !within(off, n, size) {
			return truncated(path, size)
		}
	}
	return nil
}

func within(off, n uint64, size int64) bool {
	return n <= uint64(size) && off <= uint64(size)-n // #nosec G115 -- size is a size, not negative
}

func truncated(path string, size int64) error {
	return errorf(DataLoss, "%s: truncated at %d bytes; install it again", path, size)
}
