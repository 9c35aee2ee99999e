"""Rules of transformations for primitives that are defined in Python, see `jaxgo.extend.core.Primitive`."""
