package pjrt

// #include "jg_internal.h"
import "C"

import (
	"unsafe"
)

// Client is a connection to the devices of one platform. It outlives its
// arrays and programs.
type Client struct {
	c      *C.jg_client
	plugin *Plugin

	// Platform is the platform's name, e.g. "cpu", and PlatformVersion its
	// version text.
	Platform, PlatformVersion string
	// ProcessIndex is this process's number among those that share the platform.
	ProcessIndex int
	// Devices are those this process can use. Elsewhere in the package a device
	// is its index in this list.
	Devices []Device
}

// Device describes a device.
type Device struct {
	// Index is its place in Client.Devices, ID its id among all processes.
	Index, ID int
	// LocalHardwareID is its number on this machine, -1 where it has none.
	LocalHardwareID int
	ProcessIndex    int
	// Kind names its model; DebugString and Text are the plugin's words for it.
	Kind, DebugString, Text string
	Attributes              map[string]any
}

// NewClient starts a client. opts are the plugin's create options, e.g.
// {"cpu_device_count": 2}; their values are string, int, int64, []int64,
// float64 or bool.
func (p *Plugin) NewClient(opts map[string]any) (*Client, error) {
	// The CPU plugin ends the process if this one has another type.
	if n, ok := opts["cpu_device_count"]; ok {
		switch n := n.(type) {
		case int:
			ok = n > 0
		case int64:
			ok = n > 0
		default:
			ok = false
		}
		if !ok {
			return nil, errorf(InvalidArgument, "option cpu_device_count: %v is no positive integer", n)
		}
	}
	v, n, free, err := cValues(opts)
	if err != nil {
		return nil, err
	}
	defer free()
	c := &Client{plugin: p}
	var msg *C.char
	if err := check(C.jg_client_create(p.api, v, n, &c.c, &msg), msg); err != nil {
		return nil, err
	}
	if err := c.describe(); err != nil {
		C.jg_client_destroy(c.c, nil)
		return nil, err
	}
	return c, nil
}

func (c *Client) describe() error {
	var msg *C.char
	var name, version C.jg_text
	var process C.int
	if err := check(C.jg_client_platform(c.c, &name, &version, &process, &msg), msg); err != nil {
		return err
	}
	c.Platform, c.PlatformVersion, c.ProcessIndex = goText(name), goText(version), int(process)
	for i := range int(c.c.ndevices) {
		var d C.jg_device_info
		if err := check(C.jg_client_device(c.c, C.size_t(i), &d, &msg), msg); err != nil {
			return err
		}
		c.Devices = append(c.Devices, Device{
			Index:           i,
			ID:              int(d.id),
			LocalHardwareID: int(d.local_hardware_id),
			ProcessIndex:    int(d.process_index),
			Kind:            goText(d.kind),
			DebugString:     goText(d.debug),
			Text:            goText(d.text),
			Attributes:      goValues(d.attrs, d.nattrs),
		})
	}
	return nil
}

// Plugin returns the plugin that made c.
func (c *Client) Plugin() *Plugin { return c.plugin }

// Ptr returns the jg_client, which lives as long as c is not closed.
func (c *Client) Ptr() unsafe.Pointer { return unsafe.Pointer(c.c) }

// Live returns how many arrays of c exist.
func (c *Client) Live() int { return int(C.jg_client_live(c.c)) }

// Close ends the client. While arrays or programs of it exist it is an error
// and changes nothing. c must not be used afterwards.
func (c *Client) Close() error {
	var msg *C.char
	return check(C.jg_client_destroy(c.c, &msg), msg)
}

// DefaultDeviceAssignment returns the ids of the devices that a program with
// so many replicas and partitions runs on, replica by replica.
func (c *Client) DefaultDeviceAssignment(replicas, partitions int) ([]int, error) {
	if replicas <= 0 || partitions <= 0 {
		return nil, errorf(InvalidArgument, "%d replicas of %d partitions", replicas, partitions)
	}
	ids := make([]C.int, replicas*partitions)
	var msg *C.char
	if err := check(C.jg_client_assignment(c.c, C.int(replicas), C.int(partitions), &ids[0], &msg), msg); err != nil {
		return nil, err
	}
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out, nil
}

// DeviceMemoryStats returns what the plugin counts of a device's memory:
// bytes_in_use and those of the others that it knows. Plugins that count
// nothing, as the CPU's, return an error with code Unimplemented.
func (c *Client) DeviceMemoryStats(device int) (map[string]int64, error) {
	if device < 0 || device >= len(c.Devices) {
		return nil, errorf(InvalidArgument, "no device %d: the client has %d", device, len(c.Devices))
	}
	var s C.PJRT_Device_MemoryStats_Args
	var msg *C.char
	if err := check(C.jg_client_memory_stats(c.c, C.size_t(device), &s, &msg), msg); err != nil {
		return nil, err
	}
	m := map[string]int64{"bytes_in_use": int64(s.bytes_in_use)}
	for _, f := range []struct {
		name string
		n    C.int64_t
		set  C.bool
	}{
		{"peak_bytes_in_use", s.peak_bytes_in_use, s.peak_bytes_in_use_is_set},
		{"num_allocs", s.num_allocs, s.num_allocs_is_set},
		{"largest_alloc_size", s.largest_alloc_size, s.largest_alloc_size_is_set},
		{"bytes_limit", s.bytes_limit, s.bytes_limit_is_set},
		{"bytes_reserved", s.bytes_reserved, s.bytes_reserved_is_set},
		{"peak_bytes_reserved", s.peak_bytes_reserved, s.peak_bytes_reserved_is_set},
		{"bytes_reservable_limit", s.bytes_reservable_limit, s.bytes_reservable_limit_is_set},
		{"largest_free_block_bytes", s.largest_free_block_bytes, s.largest_free_block_bytes_is_set},
		{"pool_bytes", s.pool_bytes, s.pool_bytes_is_set},
		{"peak_pool_bytes", s.peak_pool_bytes, s.peak_pool_bytes_is_set},
	} {
		if f.set {
			m[f.name] = int64(f.n)
		}
	}
	return m, nil
}
