"""From a function to its converted form: finding its source, compiling what `transform` makes of it, remembering it."""

import ast
import copy
import enum
import functools
import linecache
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

from hornbeam.ops.autograph.transform import AG, Unconvertible, convert

_FOREIGN = frozenset(
    [
        "hornbeam", "jax", "jaxlib", "numpy", "scipy", "pandas", "polars", "matplotlib", "PIL", "optax", "h5py", "rich", "sklearn", "tqdm",
        "seaborn", "cv2", "pytest", "_pytest", "IPython", "tensorboardX",
    ]  # fmt: skip
)
_made: dict[types.CodeType, types.CodeType | None] = {}  # None: stays as it is
_lock = threading.RLock()


def converted(function: Any) -> Any:
    """A function (or method) whose control flow may depend on tensors; what needs no conversion comes back itself."""
    if isinstance(function, types.MethodType):
        inner = converted(function.__func__)
        return function if inner is function.__func__ else types.MethodType(inner, function.__self__)
    if isinstance(function, functools.partial):
        inner = converted(function.func)
        return function if inner is function.func else functools.partial(inner, *function.args, **function.keywords)
    if not isinstance(function, types.FunctionType):
        call = getattr(type(function), "__call__", None)  # noqa: B004 (the function behind it is what matters)
        if isinstance(function, type) or not isinstance(call, types.FunctionType):
            return function
        inner = converted(call)  # an object that can be called
        return function if inner is call else types.MethodType(inner, function)
    if AG in function.__code__.co_freevars:
        return function
    if getattr(function, "_hb_as_it_is", False) or _is_foreign(function.__module__):
        return function
    code = function.__code__
    with _lock:
        if code not in _made:
            _made[code] = _convert(code)
        made = _made[code]
    if made is None:
        return function
    from hornbeam.ops.autograph import dispatch

    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    cells[AG] = types.CellType(dispatch)
    if any(name not in cells for name in made.co_freevars):
        return function
    closure = tuple(cells[name] for name in made.co_freevars)
    new = types.FunctionType(made, function.__globals__, function.__name__, function.__defaults__, closure)
    new.__kwdefaults__ = function.__kwdefaults__
    new.__dict__.update(function.__dict__)
    new.__qualname__, new.__module__, new.__doc__ = function.__qualname__, function.__module__, function.__doc__
    new.__annotations__ = function.__annotations__
    new.__wrapped_by_autograph__ = function  # type: ignore[attr-defined]
    return new


def converted_source(function: Callable) -> str:
    """The converted form as text, for the curious (`tf.autograph.to_code`)."""
    function = getattr(function, "python_function", function)
    found = _find((function.__func__ if isinstance(function, types.MethodType) else function).__code__)
    if found is None:
        raise ValueError(f"The source of {function!r} cannot be found.")
    made = convert(copy.deepcopy(found[0]), found[1])
    if isinstance(made, ast.FunctionDef):
        made.decorator_list = []
    return ast.unparse(ast.fix_missing_locations(made))


def as_it_is(function: Any) -> Any:
    """Decorator: this function is never converted."""
    inner = function.__func__ if isinstance(function, types.MethodType) else function
    if isinstance(inner, types.FunctionType):
        inner._hb_as_it_is = True  # type: ignore[attr-defined]
    return function


def do_not_convert(func: Any = None) -> Any:
    """`tf.autograph.experimental.do_not_convert`, with or without parentheses."""
    return as_it_is if func is None else as_it_is(func)


def to_graph(entity: Any, recursive: bool = True, experimental_optional_features: Any = None) -> Any:
    """The converted form of a function: what it calls is converted when it is called."""
    return converted(getattr(entity, "python_function", entity))


class Feature(enum.Enum):
    """Parts of AutoGraph that TensorFlow lets one choose; all that apply are on."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"


@functools.cache
def _is_foreign(module: str | None) -> bool:
    """Whether a module is a library that knows nothing of our tensors, or is ours."""
    root = (module or "").partition(".")[0]
    return root in _FOREIGN or (root in sys.stdlib_module_names and root != "__main__")


def _convert(code: types.CodeType) -> types.CodeType | None:
    found = _find(code)
    if found is None:
        return None
    node, class_name = copy.deepcopy(found[0]), found[1]
    try:
        made = convert(node, class_name)
    except Unconvertible:
        return None
    if isinstance(made, ast.FunctionDef):
        made.decorator_list, made.returns = [], None
        made.args.defaults = [ast.Constant(None) for _ in made.args.defaults]
        made.args.kw_defaults = [None if each is None else ast.Constant(None) for each in made.args.kw_defaults]
        for each in ast.walk(made.args):
            if isinstance(each, ast.arg):
                each.annotation = None
        inner: ast.stmt = made
    else:
        made.args.defaults = [ast.Constant(None) for _ in made.args.defaults]
        inner = ast.Return(made)
    parameters = [ast.arg(name) for name in dict.fromkeys((*code.co_freevars, AG))]
    factory = ast.FunctionDef("hb_factory", ast.arguments([], parameters, None, [], [], None, []), [inner], [], None, None)
    factory.type_params = []  # type: ignore[attr-defined] # Python 3.12 asks for it
    ast.copy_location(factory, made)
    tree = ast.fix_missing_locations(ast.Module([factory], []))
    flags = code.co_flags & 0x1FF0000  # `from __future__ import annotations` and its kin
    try:
        compiled = compile(tree, code.co_filename, "exec", flags=flags & 0x1000000, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    outer = next(each for each in compiled.co_consts if isinstance(each, types.CodeType))
    made_code = next(each for each in outer.co_consts if isinstance(each, types.CodeType) and each.co_name == code.co_name)
    if AG not in made_code.co_freevars:
        return None  # nothing in it needed converting
    return _named(made_code, code.co_name, code.co_qualname)


def _named(code: types.CodeType, name: str, qualname: str) -> types.CodeType:
    """Code whose blocks bear the function's name, which is what tracebacks should say."""


    def inside(each: Any) -> Any:
        if not isinstance(each, types.CodeType):
            return each
        return _named(each, name, qualname) if each.co_name.startswith("hb_") else _named(each, each.co_name, each.co_qualname)

    return code.replace(co_consts=tuple(map(inside, code.co_consts)), co_name=name, co_qualname=qualname)


_trees: dict[str, tuple[int, dict[int, list[tuple[Any, str | None]]]]] = {}


def _find(code: types.CodeType) -> tuple[Any, str | None] | None:
    """The syntax tree of the function that has this code, and the class it is in."""
    lines = linecache.getlines(code.co_filename)
    if not lines:
        return None
    text = "".join(lines)
    known = _trees.get(code.co_filename)
    if known is None or known[0] != hash(text):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            try:
                tree = ast.parse(_without_magics(text))
            except (SyntaxError, ValueError):
                return None
        known = _trees[code.co_filename] = hash(text), _index(tree)
    fits = [(node, owner) for node, owner in known[1].get(code.co_firstlineno, []) if _is_of(node, code)]
    if len(fits) > 1 and code.co_name == "<lambda>":
        columns = {(line, column) for line, _, column, _ in code.co_positions() if line is not None and column is not None}
        inside = [(node, owner) for node, owner in fits if (node.body.lineno, node.body.col_offset) in columns]
        smallest = sorted(inside, key=lambda fit: len(list(ast.walk(fit[0]))))
        fits = smallest[-1:]  # a lambda inside has fewer nodes than the one around it
    return fits[0] if len(fits) == 1 else None


def _without_magics(text: str) -> str:
    """A notebook's cell without its lines for IPython."""
    return "".join("\n" if line.lstrip().startswith(("%", "!")) else line for line in text.splitlines(keepends=True))


def _index(tree: ast.AST) -> dict[int, list[tuple[Any, str | None]]]:
    found: dict[int, list[tuple[Any, str | None]]] = {}

    def walk(node: ast.AST, owner: str | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                decorators = getattr(child, "decorator_list", [])
                line = min([child.lineno, *(each.lineno for each in decorators)])
                found.setdefault(line, []).append((child, owner))
            walk(child, child.name if isinstance(child, ast.ClassDef) else owner)

    walk(tree, None)
    return found


def _is_of(node: Any, code: types.CodeType) -> bool:
    if getattr(node, "name", "<lambda>") != code.co_name or isinstance(node, ast.AsyncFunctionDef):
        return False
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None]
    mangled = [name for name in names if name.startswith("__") and not name.endswith("__")]
    if not mangled and names != list(code.co_varnames[: len(names)]):
        return False
    said: set[str] = set()  # a file that has changed since it was run has other words in this place
    for each in ast.walk(node):
        if isinstance(each, (ast.Name, ast.Attribute)):
            said.add(each.id if isinstance(each, ast.Name) else each.attr)
        elif isinstance(each, ast.alias):
            said.update((each.name, *each.name.split(".")))
        elif isinstance(each, ast.ImportFrom):
            said.update((each.module or "", *(each.module or "").split(".")))
    strange = [name for name in code.co_names if name not in said and name.isidentifier() and not name.startswith("_")]
    return 2 * len(strange) <= len(code.co_names)  # test runners that rewrite `assert` add a few of their own
