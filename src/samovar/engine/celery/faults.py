"""An error of the ledger as an exception that can be raised here. Nothing is imported: stored text
must not choose code.
"""

from __future__ import annotations

import ast
import builtins


def as_exception(type_name: str, message: str) -> Exception:
    """Return an exception whose `str` is `message`: of the builtin type of that name, else of one
    made for it.

    `type_name` may be dotted; an exception of your own comes back as a plain subclass of Exception
    with its name.
    """
    module, _, name = type_name.rpartition(".")
    kind = getattr(builtins, name, None) if module in {"", "builtins"} else None
    if isinstance(kind, type) and issubclass(kind, Exception):
        return _builtin(kind, message)
    return _own(name or "Exception", module or __name__, message)


def _builtin(kind: type[Exception], message: str) -> Exception:
    for argument in (message, _literal(message)):
        try:
            error = kind(argument)
        except TypeError:  # UnicodeDecodeError and its like want more than a message
            break
        if str(error) == message:
            return error
    return _own(kind.__name__, __name__, message)


def _own(name: str, module: str, message: str) -> Exception:
    kind: type[Exception] = type(name, (Exception,), {"__module__": module})
    return kind(message)


def _literal(message: str) -> object:
    """Return the key of a KeyError, whose message is the key's repr."""
    try:
        return ast.literal_eval(message)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return message
