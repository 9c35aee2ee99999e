#!/usr/bin/env python3
"""Measures jaxgo beside JAX and writes the table into README.md: `table.py [--rounds 3] [--dry]`.

Runs compare.py and coldstart.py as they are; the README shows a choice of their figures, with machine and versions.
"""
import argparse
import pathlib
import platform
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
README = HERE.parent.parent / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# figure -> what a reader calls it
SHOWN = {
    "eager_add_us": "`x + y`, 8 floats",
    "eager_gather_us": "`x[idx]`",
    "eager_at_set_us": "`x.at[0].set(1.0)`",
    "eager_grad_us": "`grad` of a 3-operation function, eager",
    "eager_jvp_us": "`jvp` of it",
    "eager_vmap_grad_us": "`vmap(grad)` of it",
    "eager_hessian_us": "`hessian` of it",
    "jit_call_us": "jitted call, two small arrays",
    "jit_call_pytree100_us": "jitted call, 100-leaf pytree",
    "random_normal_us": "`random.normal(key, (8,))`",
    "random_split_us": "`random.split(key)`",
    "trace_lower_mlp100_step_ms": "trace and lower a training step, 1807 equations",
    "trace_lower_grad_scan_ms": "trace and lower `grad` of a `scan`",
    "trace_lower_vmap_grad_jnp_ms": "trace and lower `vmap(grad)`, 1782 equations",
    "run_matmul1024_ms": "run a 1024 x 1024 matrix product",
    "run_mlp_step_ms": "run a training step of a small network",
    "import": "`import`, whole process",
    "first_eager_result": "first eager result, whole process",
    "first_step": "first training step, whole process",
    "first_step_cached": "the same with a filled compilation cache",
    "rss_after_first_op_mb": "memory after the first operation",
}


def rows(script, *args):
    out = subprocess.run([sys.executable, HERE / script, *args], check=True, capture_output=True, text=True).stdout
    sys.stderr.write(out)
    for line in out.splitlines():
        m = re.match(r"(\w+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)$", line)
        if m:
            yield m[1], float(m[2]), float(m[3])


def unit(name):
    return {"us": "µs", "ms": "ms", "mb": "MB"}.get(name.rsplit("_", 1)[-1], "ms")


def digits(x):
    return "%.0f" % x if x >= 100 else "%.1f" % x if x >= 10 else "%.2f" % x


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--rounds", default="3")
    ap.add_argument("--dry", action="store_true", help="print the table, leave the README alone")
    args = ap.parse_args()
    got = {n: (a, b) for s in ("compare.py", "coldstart.py") for n, a, b in rows(s, "--rounds", args.rounds)}
    import importlib.metadata as md

    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    text = ["%s, %d cores; jaxgo %s, JAX %s, NumPy %s, CPython %s. Medians of %s rounds in fresh processes." % (
        cpu, len(__import__("os").sched_getaffinity(0)), md.version("jaxgo"), md.version("jax"), md.version("numpy"),
        platform.python_version(), args.rounds), "", "| | jaxgo | JAX | JAX / jaxgo |", "|---|---:|---:|---:|"]
    for name, label in SHOWN.items():
        if name in got:
            a, b = got[name]
            text.append("| %s | %s %s | %s %s | %s |" % (label, digits(a), unit(name), digits(b), unit(name), digits(b / a)))
    table = "\n".join(text)
    if args.dry:
        print(table)
        return
    readme = README.read_text()
    head, _, rest = readme.partition(BEGIN)
    README.write_text(head + BEGIN + "\n" + table + "\n" + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
