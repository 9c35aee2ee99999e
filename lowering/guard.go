package lowering

import (
	"strings"

	"github.com/jaxgo/jaxgo/core"
)

// A TransferGuard says what is done about transfers from host memory to a device, as jax_transfer_guard does. Results are
// read from the memory of the CPU without a transfer.
type TransferGuard string

// guardAll and guardToDevice are the options jax_transfer_guard and jax_transfer_guard_host_to_device; the second wins.
var guardAll, guardToDevice TransferGuard

// SetTransferGuard sets what is done about transfers in all directions.
func SetTransferGuard(g TransferGuard) { guardAll = g }

// SetTransferGuardToDevice sets what is done about transfers to a device.
func SetTransferGuardToDevice(g TransferGuard) { guardToDevice = g }

// ExplicitTransfer says that the program asks for the transfers of now: by device_put.
var ExplicitTransfer bool

func init() { core.GuardTransfer = guardTransfer }

func guardTransfer(a *core.Aval) {
	g := guardToDevice
	if g == "" {
		g = guardAll
	}
	if g == "" || g == "allow" || ExplicitTransfer && !strings.HasSuffix(string(g), "_explicit") || !core.CurrentTrace().Eager() {
		return
	}
	weak := ""
	if a.Weak {
		weak = ", weak_type=True"
	}
	what := "host-to-device transfer: aval=ShapedArray(" + a.Name() + weak + "), dst_sharding=SingleDeviceSharding(device=CpuDevice(id=0), memory_kind=device)"
	if strings.HasPrefix(string(g), "log") {
		core.PluginLog.Warn(what, "event", "transfer")
		return
	}
	core.Errorf(core.XlaRuntimeError, "INVALID_ARGUMENT: Disallowed %s", what)
}
