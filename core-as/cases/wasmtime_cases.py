"""Runs every case file against the components in Wasmtime, through the Python package `wasmtime`.

    python wasmtime_cases.py FOLDER     where FOLDER has NAME.component.wasm, such as build/core

Prints each call that answers otherwise, and exits 1 if there is one. The form of the files is in README.md.
"""

import json
import struct
import sys
from importlib.metadata import version
from pathlib import Path

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record, Variant

PACKAGE, VERSION = "codexray:core", "0.1.0"
COMPONENTS = ["codec", "store", "profiles", "l7", "logs"]


def read_float(written):
    if isinstance(written, str):
        return struct.unpack(">d", bytes.fromhex(written[2:]))[0]
    return float(written)


def write_float(value):
    bits = struct.pack(">d", value)
    finite = value - value == 0
    return value if finite and bits != b"\x80" + bytes(7) else "0x" + bits.hex()


def to_host(value):
    """A value of a case file as wasmtime takes it: bytes for list<u8>, lists for other lists, a Record for a record."""
    [(kind, content)] = value.items()
    if kind in ("u64", "s64"):
        return int(content)
    if kind == "f64":
        return read_float(content)
    if kind == "text":
        return content.encode()
    if kind == "list<u8>":
        return bytes.fromhex(content)
    if kind in ("list<u64>", "list<s64>"):
        return [int(each) for each in content]
    if kind == "list<f64>":
        return [read_float(each) for each in content]
    if kind == "record":
        record = Record()
        for name, field in content.items():
            setattr(record, name, to_host(field))
        return record
    return content


def from_host(value, expected):
    """What wasmtime gave, in the form of `expected`; a value that cannot have that form comes back as it is."""
    if expected is None:
        return value
    [kind] = expected
    if value is None:
        return {"none": None}
    if isinstance(value, Variant):
        content = value.payload
        inner = expected.get("variant", {}).get(value.tag)
        return {"variant": {value.tag: None if content is None else from_host(content, inner)}}
    if isinstance(value, Record):
        fields = expected.get("record", {})
        return {"record": {name: from_host(field, fields.get(name)) for name, field in vars(value).items()}}
    if isinstance(value, bytes):
        return {"text": value.decode()} if kind == "text" else {"list<u8>": value.hex()}
    if isinstance(value, list):
        write = {"list<f64>": write_float, "list<u64>": str, "list<s64>": str}.get(kind, lambda each: each)
        return {kind: [write(each) for each in value]}
    if isinstance(value, float):
        return {"f64": write_float(value)}
    return {kind: str(value) if kind in ("u64", "s64") else value}


class Run:
    """One instance of a component."""

    def __init__(self, engine, component, interface):
        self.store = Store(engine)
        self.instance = Linker(engine).instantiate(self.store, component)
        self.interface = self.instance.get_export_index(self.store, f"{PACKAGE}/{interface}@{VERSION}")
        self.resource = None

    def call(self, name, values):
        index = self.instance.get_export_index(self.store, name, self.interface)
        function = self.instance.get_func(self.store, index)
        if name.startswith("[method]"):
            values = [self.resource, *values]
        answer = function(self.store, *values)
        function.post_return(self.store)
        if name.startswith("[constructor]"):
            self.resource, answer = answer, None
        return answer


def judge(call, answer):
    """None, or what the call should have given and what it gave."""
    outcome = "error" if "error" in call else "result"
    expected = call[outcome]
    # A `result` whose two types are one class of Python says which it is; else the types tell.
    if isinstance(answer, Variant) and answer.tag in ("ok", "err"):
        if answer.tag != {"error": "err", "result": "ok"}[outcome]:
            return f"{outcome} {expected}", f"{answer.tag} {answer.payload}"
        answer = answer.payload
    found = from_host(answer, expected)
    return None if found == expected else (expected, found)


def main(folder):
    engine = Engine()
    passed, failures = 0, []
    for name in COMPONENTS:
        component = Component.from_file(engine, str(folder / f"{name}.component.wasm"))
        for case in json.loads(Path(__file__).with_name(f"{name}.json").read_text())["cases"]:
            run = Run(engine, component, case["interface"])
            before = len(failures)
            for number, call in enumerate(case["calls"]):
                wrong = judge(call, run.call(call["function"], [to_host(each) for each in call["arguments"]]))
                if wrong:
                    expected, found = wrong
                    failures.append(f"{name}: {case['name']}: call {number}\n  {expected}\n  {found}")
            passed += len(failures) == before
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} calls failed on Wasmtime {version('wasmtime')}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
