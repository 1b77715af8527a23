"""Arrow columns out of Python values. pyarrow converts them too, and imports pandas for it: seconds at first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import lib


def strings(values: Sequence[object]) -> Any:
    """A column of text; None stays null."""
    builder = lib.StringBuilder()
    builder.append_values([None if value is None else str(value) for value in values])
    return builder.finish()


def numbers(values: Sequence[object], kind: pa.DataType | None = None) -> Any:
    """A column of whole numbers (32 bits unless `kind` says otherwise); None stays null."""
    filled = np.array([0 if value is None else value for value in values], dtype=np.int64)
    there = np.packbits(np.array([value is not None for value in values], dtype=bool), bitorder="little")
    buffers: list[pa.Buffer | None] = [pa.py_buffer(there.tobytes()), pa.py_buffer(filled.tobytes())]
    return pa.Array.from_buffers(pa.int64(), len(values), buffers).cast(kind or pa.int32())


def table(columns: Mapping[str, Any]) -> pa.Table:
    """A table of columns made above."""
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))
