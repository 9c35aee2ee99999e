package pjrt_test

import (
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/lowering/pjrt/internal/ctest"
)

func TestDonation(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0, 0}))
	a, b := vector(t, eights...), vector(t, ones...)
	before, err := a.UnsafePointer()
	require.NoError(t, err)
	out := run(t, e, a, b)
	after, err := out.UnsafePointer()
	require.NoError(t, err)
	assert.Equal(t, before, after, "the memory was reused")
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.True(t, a.Deleted())
	assert.False(t, b.Deleted())

	outs := make([]*pjrt.Array, 1)
	assert.Equal(t, pjrt.DeletedArray, code(t, e.Execute([]*pjrt.Array{a, b}, outs)))
	_, err = a.Ready()
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.Equal(t, pjrt.DeletedArray, code(t, a.ToHost(make([]byte, 32))))
	assert.Equal(t, pjrt.DeletedArray, code(t, a.Hold()))

	err = e.Execute([]*pjrt.Array{b, b}, outs)
	assert.Equal(t, pjrt.DonatedTwice, code(t, err))
	assert.ErrorContains(t, err, "Attempt to use a buffer that was previously donated in the same call to Execute() (flattened argument 1, replica 0, partition 0, first use: 0). Toy example for this bug: `f(donate(a), a)`.")
	assert.Equal(t, ones, floats(t, b), "a refused call takes nothing")

	require.NoError(t, e.SetDonated([]int32{0, 1}))
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{b, b}, outs), "f(donate(a), donate(a))")
	require.NoError(t, e.SetDonated([]int32{1}))
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{b, b}, outs), "f(a, donate(a))")
	require.NoError(t, e.SetDonated([]int32{0}))
	assert.ErrorContains(t, e.Execute(nil, outs), "donates argument 0, the call has 0")
	short := vector(t, 1)
	assert.Error(t, e.Execute([]*pjrt.Array{b, short}, outs))
	assert.Equal(t, ones, floats(t, b), "a failed call gives back what it claimed")
	assert.False(t, b.Has(pjrt.Donated))
}

// As in JAX, an array that NumPy looks at is copied instead of donated.
func TestDonationOfHeldArray(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	a, b := vector(t, eights...), vector(t, ones...)
	require.NoError(t, a.Hold())
	p, err := a.UnsafePointer()
	require.NoError(t, err)
	out := run(t, e, a, b)
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.Equal(t, eights, floatsIn(unsafe.Slice((*byte)(p), 32)))
	assert.False(t, a.Deleted())
	a.ReleaseHold()
	assert.Equal(t, eights, floats(t, a))
}

// Memory taken without a copy from someone who must not see it change.
func TestDonationOfZeroCopy(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	p := ctest.Alloc(32, 0)
	copy(unsafe.Slice((*byte)(p), 32), bytesOf(eights...))
	var dropped int64
	keep := ctest.Alloc(8, 0)
	a, err := client(t).ZeroCopy(0, p, pjrt.F32, []int64{8}, 0, keep, ctest.Drop())
	require.NoError(t, err)
	defer a.Release()
	out := run(t, e, a, vector(t, ones...))
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.Equal(t, eights, floatsIn(unsafe.Slice((*byte)(p), 32)))
	pjrt.DrainDrops()
	dropped = *(*int64)(keep)
	assert.Equal(t, int64(1), dropped)
}

func TestDelete(t *testing.T) {
	a := vector(t, eights...)
	sum := run(t, compile(t, addText), a, a)
	require.NoError(t, a.Delete())
	require.NoError(t, a.Delete())
	assert.True(t, a.Deleted())
	_, err := a.Await(0)
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.ErrorContains(t, err, "Array has been deleted.")
	_, err = a.CopyToDevice(1)
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.Equal(t, float32(14), floats(t, sum)[7], "what was computed from it stays")
}

func TestHoldOutlivesDelete(t *testing.T) {
	const n = 64 << 20
	a, err := client(t).FromHost(0, make([]byte, n), pjrt.U8, []int64{n}, 0)
	require.NoError(t, err)
	defer a.Release()
	require.NoError(t, a.Hold())
	p, err := a.UnsafePointer()
	require.NoError(t, err)
	require.NoError(t, a.Delete())
	full := rss(t)
	b := unsafe.Slice((*byte)(p), n)
	assert.Zero(t, b[n-1])
	b[n-1] = 1
	a.ReleaseHold()
	assert.Less(t, rss(t), full-n/2)
}

func TestCountsFromManyThreads(t *testing.T) {
	e := compile(t, addText)
	a := vector(t, eights...)
	live := client(t).Live()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			out := make([]*pjrt.Array, 1)
			buf := make([]byte, 32)
			for i := range 2000 {
				a.Retain()
				ctest.Counts(a.Ptr(), 10)
				if !assert.NoError(t, e.Execute([]*pjrt.Array{a, a}, out)) {
					return
				}
				if i%4 == 0 {
					assert.NoError(t, out[0].Hold())
					assert.NoError(t, out[0].Delete())
					out[0].ReleaseHold()
				} else {
					assert.NoError(t, out[0].ToHost(buf))
					assert.Equal(t, float32(14), floatsIn(buf)[7])
				}
				out[0].Release()
				a.Release()
			}
		})
	}
	wg.Wait()
	assert.Equal(t, live, client(t).Live())
	assert.Equal(t, eights, floats(t, a))
}

// One array, deleted, held and used by threads that know nothing of each other:
// every call ends well or says that it is deleted.
func TestDeleteRaces(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	b := vector(t, ones...)
	for range 500 {
		a, err := client(t).FromHost(0, bytesOf(eights...), pjrt.F32, []int64{8}, 0)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for k := range 4 {
			a.Retain()
			wg.Go(func() {
				defer a.Release()
				var err error
				switch k {
				case 0:
					err = a.ToHost(make([]byte, 32))
				case 1:
					err = a.Delete()
				default:
					out := make([]*pjrt.Array, 1)
					if err = e.Execute([]*pjrt.Array{a, b}, out); err == nil {
						out[0].Release()
					}
				}
				if err != nil {
					assert.True(t, strings.Contains(err.Error(), "deleted"), "%v", err)
				}
			})
		}
		a.Release()
		wg.Wait()
	}
}

// growth runs step several times and returns the least that C memory in use and
// the whole process, Go's heap aside, grew by in one. XLA's threads and caches
// need more now and then, but a leak shows every time.
func growth(t *testing.T, step func()) (heap, process int) {
	heap, process = math.MaxInt, math.MaxInt
	debug.FreeOSMemory()
	for range 5 {
		h, p := ctest.InUse(), rss(t)
		step()
		debug.FreeOSMemory()
		heap, process = min(heap, ctest.InUse()-h), min(process, rss(t)-p)
	}
	return heap, process
}

func TestMemoryStaysFlat(t *testing.T) {
	e := compile(t, addText)
	in := []*pjrt.Array{vector(t, eights...), vector(t, ones...)}
	out := make([]*pjrt.Array, 1)
	data := bytesOf(eights...)
	live := client(t).Live()
	heap, process := growth(t, func() {
		for range 100000 {
			if err := e.Execute(in, out); err != nil {
				t.Fatal(err)
			}
			out[0].Release()
			a, err := client(t).FromHost(0, data, pjrt.F32, []int64{8}, 0)
			if err != nil {
				t.Fatal(err)
			}
			a.Release()
		}
	})
	assert.Less(t, heap, 1<<17, "a byte a round")
	assert.Less(t, process, 1<<20, "10 bytes a round")
	assert.Equal(t, live, client(t).Live())
}

func TestErrorsAreFreed(t *testing.T) {
	e := compile(t, addText)
	in, out := []*pjrt.Array{vector(t, eights...), vector(t, 1)}, make([]*pjrt.Array, 1)
	keep, p := ctest.Alloc(8, 0), ctest.Alloc(32, 0)
	heap, _ := growth(t, func() {
		for range 2000 {
			assert.Error(t, e.Execute(in, out))
			a, err := client(t).ZeroCopy(0, p, pjrt.F32, []int64{8}, 0, keep, ctest.Drop())
			require.NoError(t, err)
			a.Release()
			pjrt.DrainDrops()
		}
	})
	assert.Less(t, heap, 1<<14, "8 bytes a round")
	assert.Equal(t, int64(10000), *(*int64)(keep))
}

func TestProgramsAreFreed(t *testing.T) {
	data, err := compile(t, addText).Serialize()
	require.NoError(t, err)
	heap, process := growth(t, func() {
		for range 50 {
			e, err := client(t).Deserialize(data)
			require.NoError(t, err)
			e.Release()
		}
	})
	assert.Less(t, heap, 1<<16, "a kB a program")
	assert.Less(t, process, 1<<20, "20 kB a program")
}
