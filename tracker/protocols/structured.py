"""Structured data from outside, as a clinic or a file gives it: read with every fault told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataFault:
    """One thing that is wrong, where it stands as a JSON pointer, and what to change."""

    pointer: str
    code: str
    detail: str


class InvalidData(Exception):
    """Data that cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[DataFault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = tuple(faults)


class FaultReader:
    """Reads on after a fault, so that all of them are told at once."""

    def __init__(self) -> None:
        self.faults: list[DataFault] = []

    def members(self, value: object, pointer: str, known: set[str]) -> Mapping[str, object]:
        """Return an object's members; refuses what is no object, and members that nobody knows."""
        if not isinstance(value, Mapping):
            self.refuse(pointer, "invalid", f"Give an object with {', '.join(sorted(known))}.")
            return {}
        for name in value:
            if name not in known:
                self.refuse(f"{pointer}/{name}", "unknown_field", "There is no such member.")
        return value

    def list_of(self, value: object, pointer: str) -> Sequence[object]:
        """Return a list; refuses anything else."""
        if isinstance(value, list):
            return value
        self.refuse(pointer, "invalid", "Give a list.")
        return []

    def text(self, item: Mapping[str, object], name: str, pointer: str, demand: str, longest: int) -> str:
        """Return a text that says something; refuses all else with what is asked for."""
        text = item.get(name)
        if isinstance(text, str) and text.strip() and len(text) <= longest:
            return text
        self.refuse(f"{pointer}/{name}", "required", f"{demand}, in at most {longest} characters.")
        return ""

    def refuse(self, pointer: str, code: str, detail: str) -> None:
        """Note one fault and go on."""
        self.faults.append(DataFault(pointer, code, detail))
