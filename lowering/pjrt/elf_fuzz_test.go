package pjrt

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"
)

// FuzzELF looks at files that may be anything. One that is accepted has all that the linker will read.
func FuzzELF(f *testing.F) {
	if path := os.Getenv("JAXGO_TEST_PLUGIN"); path != "" {
		if file, err := os.Open(path); err == nil {
			head := make([]byte, 4096)
			if n, err := file.Read(head); err == nil {
				f.Add(head[:n])
			}
			file.Close()
		}
	}
	header := elf.Header64{Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Phentsize: 56, Phnum: 1, Ehsize: 64}
	for _, change := range []func(h *elf.Header64){
		func(h *elf.Header64) {},
		func(h *elf.Header64) { h.Phnum = 0xffff },
		func(h *elf.Header64) { h.Phoff = 1 << 63 },
		func(h *elf.Header64) { h.Shoff, h.Shnum, h.Shentsize = ^uint64(0), 1, 64 },
		func(h *elf.Header64) { h.Phentsize = 0 },
		func(h *elf.Header64) { h.Type = uint16(elf.ET_EXEC) },
	} {
		h := header
		change(&h)
		var b bytes.Buffer
		_ = binary.Write(&b, binary.LittleEndian, &h)
		_ = binary.Write(&b, binary.LittleEndian, &elf.Prog64{Type: uint32(elf.PT_LOAD), Filesz: 64})
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if checkELF("fuzz", bytes.NewReader(b), int64(len(b))) != nil {
			return
		}
		file, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			return // debug/elf asks for more: section names, known versions
		}
		for _, p := range file.Progs {
			if p.Type != elf.PT_NULL && (p.Off > uint64(len(b)) || p.Filesz > uint64(len(b))-p.Off) {
				t.Fatalf("a segment of %d bytes at %d of a file of %d", p.Filesz, p.Off, len(b))
			}
		}
	})
}
