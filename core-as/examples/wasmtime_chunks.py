"""Packs samples into chunks and reads them back, without JavaScript.

    pip install wasmtime==49.0.0
    python wasmtime_chunks.py node_modules/@codexray/core/components/store.component.wasm
"""

import sys

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record

engine = Engine()
store = Store(engine)
# By itself the component grows to 512 MiB; a host may allow it less.
store.set_limits(memory_size=64 * 1024 * 1024)
component = Component.from_file(engine, sys.argv[1])
instance = Linker(engine).instantiate(store, component)
chunks = instance.get_export_index(store, "codexray:core/chunks@0.1.0")


def call(name, *values):
    function = instance.get_func(store, instance.get_export_index(store, name, chunks))
    answer = function(store, *values)
    function.post_return(store)
    return answer


def record(**fields):
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


# A counter that is read every 15 s for an hour, and a temperature: two chunks in one call.
times = [15_000.0 * i for i in range(240)]
samples = record(
    timestamps=times + times,
    values=[1000.0 + 37 * i for i in range(240)] + [20.5 + i % 7 / 10 for i in range(240)],
    sample_ends=[240, 480],
)
packed = call("encode", samples)
print(f"480 samples in {len(packed.data)} bytes")
back = call("decode", packed, [])
print("the same" if back.samples.values == samples.values and back.refused == [] else "not the same")

# Bad input is an answer, not a trap; which one is the name of the error.
samples.timestamps = times
print(call("encode", samples))
