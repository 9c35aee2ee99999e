package pybind

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
)

// Devices and compiled programs, as Python asks about them.

func init() {
	// devices() -> [platform, [[id, kind, process, hardware id], …]]
	provide("devices", func(a *core.Args) []any {
		c := lowering.Client()
		var rows []any
		for _, d := range c.Devices {
			rows = append(rows, []any{d.ID, d.Kind, d.ProcessIndex, d.LocalHardwareID})
		}
		return []any{c.Platform, rows}
	})
	// memory_stats(device) -> [[name, value], …]
	provide("memory_stats", func(a *core.Args) []any {
		m, err := lowering.Client().DeviceMemoryStats(a.Int(0))
		if err != nil {
			return nil
		}
		var rows []any
		for k, v := range m {
			rows = append(rows, []any{k, v})
		}
		return rows
	})
	// copy_to_device(array, device) -> a committed array there
	provide1("copy_to_device", func(a *core.Args) any {
		x, err := lowering.Concrete(a.X(0)).PJRT().CopyToDevice(a.Int(1))
		lowering.Fail(err)
		v := (*lowering.Array)(x)
		core.Own(v)
		x.SetCommitted(true)
		return v
	})
	provide1("live_arrays", func(a *core.Args) any { return lowering.Client().Live() })
	provide1("client_started", func(a *core.Args) any { return lowering.Started() })
	provide1("platform_version", func(a *core.Args) any { return lowering.Client().PlatformVersion })
	// cost_analysis(program) -> [[name, value], …]
	provide("cost_analysis", func(a *core.Args) []any {
		x := a.List[0].Go.(*lowering.Executable).Program()
		if x == nil {
			return nil
		}
		m, err := x.CostAnalysis()
		lowering.Fail(err)
		var rows []any
		for k, v := range m {
			switch v := v.(type) {
			case float32:
				rows = append(rows, []any{k, float64(v)})
			default:
				rows = append(rows, []any{k, v})
			}
		}
		return rows
	})
	provide1("program_text", func(a *core.Args) any { return a.List[0].Go.(*lowering.Executable).Text() })
	provide("memory_analysis", func(a *core.Args) []any {
		x := a.List[0].Go.(*lowering.Executable).Program()
		if x == nil {
			return nil
		}
		m, err := x.MemoryStats()
		lowering.Fail(err)
		return []any{
			m.GeneratedCode, m.Argument, m.Output, m.Alias, m.Temp, m.Peak,
			m.HostGeneratedCode, m.HostArgument, m.HostOutput, m.HostAlias, m.HostTemp,
		}
	})
}
