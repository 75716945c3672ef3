"""Which TensorFlow and Keras names a program uses, read from its syntax: nothing of it is run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

ROOTS = ("tensorflow", "keras", "keras_core", "keras_preprocessing", "tf_keras")
_FORGIVING = ("ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException")


@dataclass(frozen=True)
class Use:
    """A name, where it stands, and the keyword arguments it is called with.

    `path` is dotted, with the modules' full names: 'tensorflow.keras.layers.Dense'; '()' stands for a call's result, as in
    'tensorflow.data.Dataset.range().batch'. `guarded`: a failure is caught by the program, or `hasattr` asked before.
    """

    path: str
    line: int
    keywords: tuple[str, ...] = ()
    guarded: bool = False


@dataclass
class _Scope:
    """What names mean in a function, class or module: a path, or None for something else."""

    names: dict[str, str | None] = field(default_factory=dict)


class Reader:
    """Collects the uses in one program; in a notebook, in one cell after the other."""

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self._scopes = [_Scope()]
        self._later: list[tuple[list[_Scope], ast.AST, bool]] = []
        self._guarded = False
        self._given: set[str] = set()  # attributes of objects that the program itself sets

    def read(self, tree: ast.Module) -> list[Use]:
        """The uses in a tree, in the order of their lines."""
        before = len(self.uses)
        self._block(tree.body)
        while self._later:  # bodies of functions see what the module has bound by then
            scopes, node, guarded = self._later.pop(0)
            outer, self._scopes, self._guarded = self._scopes, scopes, guarded
            self._block(node.body if isinstance(node.body, list) else [node.body])  # type: ignore[attr-defined]
            self._scopes, self._guarded = outer, False
        found = {use for use in self.uses[before:] if use.path not in self._given}
        return sorted(found, key=lambda use: (use.line, use.path))

    # Statements.
    def _block(self, nodes: list) -> None:
        for node in nodes:
            self._visit(node)

    def _visit(self, node: ast.AST) -> None:
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is not None:
            method(node)
        else:
            self._children(node)

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self._visit(child)

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.split(".")[0]
            if root not in ROOTS:
                self._bind(alias.asname or root, None)
                continue
            self._note(alias.name, node)
            self._bind(alias.asname or root, alias.name if alias.asname else root)

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        ours = not node.level and module.split(".")[0] in ROOTS
        for alias in node.names:
            if alias.name == "*":
                if ours:
                    self._note(module, node)
                    for name, path in _star(module):
                        self._bind(name, path)
                continue
            if ours:
                self._note(f"{module}.{alias.name}", node)
            self._bind(alias.asname or alias.name, f"{module}.{alias.name}" if ours else None)

    def _Assign(self, node: ast.Assign) -> None:
        self._visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit(node.annotation)
        if node.value is not None:
            self._visit(node.value)
        self._assign(node.target, node.value)

    def _NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        self._assign(node.target, node.value)

    def _For(self, node: ast.For) -> None:
        self._visit(node.iter)
        self._assign(node.target, None)
        self._block(node.body)
        self._block(node.orelse)

    _AsyncFor = _For

    def _With(self, node: ast.With) -> None:
        for item in node.items:
            self._visit(item.context_expr)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, item.context_expr)
        self._block(node.body)

    _AsyncWith = _With

    def _Try(self, node: ast.Try) -> None:
        forgives = any(
            handler.type is None or any(isinstance(each, ast.Name) and each.id in _FORGIVING for each in ast.walk(handler.type))
            for handler in node.handlers
        )
        outer, self._guarded = self._guarded, self._guarded or forgives
        self._block(node.body)
        self._guarded = outer
        for handler in node.handlers:
            if handler.name:
                self._bind(handler.name, None)
            self._block(handler.body)
        self._block([*node.orelse, *node.finalbody])

    def _If(self, node: ast.If | ast.IfExp) -> None:
        self._visit(node.test)
        asks = any(isinstance(each, ast.Name) and each.id == "hasattr" for each in ast.walk(node.test))
        outer, self._guarded = self._guarded, self._guarded or asks
        self._block(node.body if isinstance(node.body, list) else [node.body])
        self._block(node.orelse if isinstance(node.orelse, list) else [node.orelse])
        self._guarded = outer

    _IfExp = _If

    def _FunctionDef(self, node: ast.FunctionDef) -> None:
        self._bind(node.name, None)
        arguments = node.args
        for each in [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, node.returns]:
            if each is not None:
                self._visit(each)
        self._function(node)

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda) -> None:
        for each in [*node.args.defaults, *node.args.kw_defaults]:
            if each is not None:
                self._visit(each)
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        inside = _Scope()
        for argument in every:
            if argument is not None:
                inside.names[argument.arg] = None
                if argument.annotation is not None:
                    self._visit(argument.annotation)
        outer = [scope for scope in self._scopes if not getattr(scope, "of_class", False)]
        self._later.append(([*outer, inside], node, self._guarded))

    def _ClassDef(self, node: ast.ClassDef) -> None:
        for each in [*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list]:
            self._visit(each)
        self._bind(node.name, None)
        inside = _Scope()
        inside.of_class = True  # type: ignore[attr-defined] # functions in a class do not see its names
        self._scopes.append(inside)
        self._block(node.body)
        self._scopes.pop()

    def _comprehension(self, node: ast.comprehension) -> None:
        self._visit(node.iter)
        self._assign(node.target, None)
        self._block(node.ifs)

    def _ListComp(self, node: ast.ListComp) -> None:
        self._scopes.append(_Scope())
        self._block(node.generators)
        self._visit(node.elt)
        self._scopes.pop()

    _SetComp = _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> None:
        self._scopes.append(_Scope())
        self._block([*node.generators, node.key, node.value])
        self._scopes.pop()

    # Expressions.
    def _Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and (path := self._path(node)) and path not in ROOTS:
            self._note(path, node)

    def _Attribute(self, node: ast.Attribute) -> None:
        path = self._path(node)
        if path is not None and isinstance(node.ctx, ast.Load):
            self._note(path, node)
        self._visit_calls(node)

    def _visit_calls(self, node: ast.AST) -> None:
        """What stands before the dots of a chain: a call in it has a name and arguments of its own."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            self._visit(node)

    def _Call(self, node: ast.Call) -> None:
        path = self._path(node.func)
        if path is not None and path not in ROOTS and not path.endswith("()"):
            self._note(path, node.func, tuple(keyword.arg for keyword in node.keywords if keyword.arg))
        self._visit_calls(node.func)
        self._block([*node.args, *(keyword.value for keyword in node.keywords)])

    # Names.
    def _path(self, node: ast.AST | None) -> str | None:
        """The dotted path that an expression spells, when it starts at TensorFlow or Keras."""
        if isinstance(node, ast.Name):
            for scope in reversed(self._scopes):
                if node.id in scope.names:
                    return scope.names[node.id]
            return None
        if isinstance(node, ast.Attribute):
            inner = self._path(node.value)
            return None if inner is None else f"{inner}.{node.attr}"
        if isinstance(node, ast.Call):
            inner = self._path(node.func)
            return None if inner is None or inner.endswith("()") else f"{inner}()"
        return None

    def _assign(self, target: ast.AST, value: ast.AST | None) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, self._path(value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else None
            for i, each in enumerate(target.elts):
                self._assign(each, values[i] if values else None)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, None)
        else:
            if isinstance(target, ast.Attribute) and (path := self._path(target)):
                self._given.add(path)
            self._visit(target)

    def _bind(self, name: str, path: str | None) -> None:
        self._scopes[-1].names[name] = path

    def _note(self, path: str, node: ast.AST, keywords: tuple[str, ...] = ()) -> None:
        line = getattr(node, "end_lineno", None) if isinstance(node, ast.Attribute) else getattr(node, "lineno", None)
        self.uses.append(Use(path, line or 0, keywords, self._guarded))


def _star(module: str) -> Iterator[tuple[str, str]]:
    """What `from module import *` binds, as far as Hornbeam has it."""
    from hornbeam.cli.known import module_named

    found = module_named(module)
    if found is not None:
        for name in getattr(found, "__all__", None) or [name for name in dir(found) if not name.startswith("_")]:
            yield name, f"{module}.{name}"
