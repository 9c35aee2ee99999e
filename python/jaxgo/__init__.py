"""jaxgo: JAX with its machinery in Go."""

from . import _ext
from . import _config, _hooks, _plugins
from ._config import config, enable_x64
from . import tree_util, errors, _array
from ._api import (block_until_ready, clear_caches, device_get, disable_jit, eval_shape, grad, hessian, jacfwd, jacobian, jacrev, jit, jvp,
                   linear_transpose, linearize, make_jaxpr, typeof, value_and_grad, vjp, vmap)
from ._fast import Array
