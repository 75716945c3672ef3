"""What AutoGraph makes of a function's syntax tree.

Blocks become small functions that share the function's variables (`nonlocal`), and statements calls that decide at run time:

    if test: A            ->   def body(): nonlocal x; A'
    else: B                    def orelse(): nonlocal x; B'
                               hb__.if_(test, body, orelse, ('x',))

A Python condition then simply calls one of them; a traced one stages both (`dispatch`). Leaving a block early is leaving its
function: `continue` returns from the body of a loop, `break` sets a flag first, and what follows an `if` in which some path leaves
moves into the paths that do not. Only from inside a loop, `with` or `try` must a `return` set flags that are looked at afterwards.
"""

import ast
import copy
from collections.abc import Iterable, Sequence
from typing import Any

AG = "hb__"  # the name under which converted code reaches `dispatch`
RESULT = "hb_result_"  # begins the names of variables that hold what a `return` inside a loop gave
_LEAVES = (ast.Return, ast.Break, ast.Continue)
_LOOPS = (ast.For, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_AS_THEY_ARE = {"super", "locals", "globals", "vars", "eval", "exec", "dir", "isinstance", "issubclass", "type"}


class Unconvertible(Exception):
    """This function stays as it is."""


def convert(node: ast.FunctionDef | ast.Lambda, class_name: str | None) -> ast.FunctionDef | ast.Lambda:
    """The converted form of a function's tree (changed in place). Raises `Unconvertible` for generators and coroutines."""
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    if isinstance(node, ast.AsyncFunctionDef) or any(isinstance(each, (ast.Yield, ast.YieldFrom, ast.Await)) for each in _inside(body)):
        raise Unconvertible
    if class_name is not None:
        _Mangle(class_name).visit(node)
    return _Converter().function(node)


class _Mangle(ast.NodeTransformer):
    """Private names spelled out, since the code is compiled outside its class."""

    def __init__(self, class_name: str):
        self.prefix = "_" + class_name.lstrip("_")

    def _mangled(self, name: str) -> str:
        return self.prefix + name if name.startswith("__") and not name.endswith("__") else name

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        self.generic_visit(node)
        node.attr = self._mangled(node.attr)
        return node

    def visit_Name(self, node: ast.Name) -> Any:
        node.id = self._mangled(node.id)
        return node


class _Context:
    """How a block is left: from a function's own body, from a loop's, or from a guarded block (`with`, `try`)."""

    def __init__(self, kind: str, number: int = 0):
        self.kind = kind
        self.broken, self.skipped = f"hb_break_{number}", f"hb_continue_{number}"
        self.returned, self.result = f"hb_return_{number}", f"{RESULT}{number}"
        self.used: set[str] = set()  # which flags something sets
        self.breaks = False  # whether there is a `break` (a `return` sets the same flag)


class _Converter(ast.NodeTransformer):
    def __init__(self, first_parameter: str | None = None):
        self.count = 0
        self.context = _Context("function")
        self.following: list[ast.FunctionDef] = []  # what blocks being converted call at their ends
        self.moved: set[str] = set()  # variables that some block function shares
        self.globals: set[str] = set()
        self.first_parameter = first_parameter

    # Functions.
    def function(self, node: Any) -> Any:
        arguments = node.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        self.first_parameter = names[0] if names else self.first_parameter
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
            return node
        names += [each.arg for each in (*arguments.kwonlyargs, arguments.vararg, arguments.kwarg) if each is not None]
        declared = [each for each in _inside(node.body) if isinstance(each, (ast.Global, ast.Nonlocal))]
        self.globals = {name for each in declared if isinstance(each, ast.Global) for name in each.names}
        outer = {name for each in declared if isinstance(each, ast.Nonlocal) for name in each.names}
        body = [each for each in node.body if not isinstance(each, (ast.Global, ast.Nonlocal))]
        document = body[:1] if ast.get_docstring(node) is not None else []
        converted = self.block(body[len(document) :])
        ours = sorted(self.moved - self.globals - outer - set(names))
        binding: list[ast.stmt] = []
        if self.globals:
            binding.append(ast.Global(sorted(self.globals)))
        if outer:
            binding.append(ast.Nonlocal(sorted(outer)))
        if ours:  # never runs: it tells the compiler that these are variables of this function
            nothing = ast.Assign([ast.Name(name, ast.Store()) for name in ours], ast.Constant(None))
            binding.append(ast.If(ast.Constant(False), [nothing], []))
        node.body = document + binding + (converted or [ast.Pass()])
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """A function inside: converted too, with a life of its own."""
        if any(isinstance(each, (ast.Yield, ast.YieldFrom, ast.Await)) for each in _inside(node.body)):
            return node
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        node.args.kw_defaults = [None if each is None else self.visit(each) for each in node.args.kw_defaults]
        return _Converter().function(node)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        node.body = self.visit(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return node

    # Blocks.
    def block(self, statements: Sequence[ast.stmt], tail: Sequence[ast.stmt] = ()) -> list[ast.stmt]:
        """The converted statements of a function's body; `tail` ends the paths that fall off the end."""
        out: list[ast.stmt] = []
        for position, statement in enumerate(statements):
            rest = list(statements[position + 1 :])
            if isinstance(statement, _LEAVES):
                return out + self._leave(statement)
            if isinstance(statement, ast.Raise):
                return [*out, self.visit(statement)]
            if isinstance(statement, ast.If):
                if _leaves(statement):
                    return out + self._branch_and_rest(statement, rest, tail)
                out += self._branch(statement)
            elif isinstance(statement, _LOOPS):
                made, checks = self._loop(statement)
                out += made
                if checks:
                    return out + self.block([*checks, *rest], tail)
            elif isinstance(statement, (ast.With, ast.Try)) and _leaves_deeply(statement):
                made, checks = self._guarded(statement)
                return out + made + self.block([*checks, *rest], tail)
            elif isinstance(statement, ast.With):
                statement.items = [self.visit(each) for each in statement.items]
                statement.body = self.block(statement.body) or [ast.Pass()]
                out.append(statement)
            elif isinstance(statement, (ast.Try, ast.Match)):
                if _leaves_deeply(statement):
                    raise Unconvertible
                out.append(self._each_block(statement))
            else:
                made_one = self.visit(statement)
                out += made_one if isinstance(made_one, list) else [made_one]
        return out + list(tail)

    def _each_block(self, statement: Any) -> Any:
        for part in ("body", "orelse", "finalbody"):
            if getattr(statement, part, None):
                setattr(statement, part, self.block(getattr(statement, part)))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            part.body = self.block(part.body) or [ast.Pass()]
        if isinstance(statement, ast.Match):
            statement.subject = self.visit(statement.subject)
        return statement

    def _leave(self, statement: ast.stmt) -> list[ast.stmt]:
        context = self.context
        if isinstance(statement, ast.Return):
            value = ast.Constant(None) if statement.value is None else self.visit(statement.value)
            if context.kind == "function":
                return [_at(ast.Return(value), statement)]
            flags = [context.returned, *([context.broken] if context.kind == "loop" else [])]
            context.used.update(flags)
            made = [_assign(context.result, value), *(_assign(flag, ast.Constant(True)) for flag in flags), ast.Return(None)]
            self.moved.update([*flags, context.result])
            return [_at(each, statement) for each in made]
        if isinstance(statement, ast.Break) or context.kind == "guard":
            flag = context.broken if isinstance(statement, ast.Break) else context.skipped
            context.used.add(flag)
            context.breaks |= isinstance(statement, ast.Break)
            self.moved.add(flag)
            return [_at(_assign(flag, ast.Constant(True)), statement), _at(ast.Return(None), statement)]
        return [_at(ast.Return(None), statement)]

    def _function_of(
        self, name: str, body: list[ast.stmt], at: ast.AST, parameter: str | None = None, calls: Sequence[ast.stmt] = ()
    ) -> ast.FunctionDef:
        """A block function, which shares the variables that it assigns, and those that the block functions it calls assign."""
        shared = sorted(_assigned([*body, *calls]))
        self.moved.update(shared)
        head: list[ast.stmt] = []
        if of_function := [each for each in shared if each not in self.globals]:
            head.append(ast.Nonlocal(of_function))
        if of_module := [each for each in shared if each in self.globals]:
            head.append(ast.Global(of_module))
        arguments = ast.arguments([], [] if parameter is None else [ast.arg(parameter)], None, [], [], None, [])
        made = ast.FunctionDef(self._name(name), arguments, [*head, *(body or [ast.Pass()])], [], None, None)
        made.type_params = []  # type: ignore[attr-defined] # Python 3.12 asks for it
        made._hb_block = True  # type: ignore[attr-defined]
        made._hb_places = _places([*body, *calls])  # type: ignore[attr-defined]
        return _at(made, at)

    def _name(self, word: str) -> str:
        self.count += 1
        return f"hb_{word}_{self.count}"

    def _shared(self, functions: Iterable[ast.FunctionDef]) -> ast.expr:
        names = sorted({name for each in functions for name in _assigned([each])} - self.globals)
        return ast.Tuple([ast.Constant(name) for name in names], ast.Load())

    def _with_places(self, call: ast.Call, functions: Iterable[ast.FunctionDef]) -> ast.Call:
        """The call, told of the attributes and items (`self.x`, `d['a']`) that the blocks give values."""
        places = {name: place for each in functions for name, place in each._hb_places.items()}  # type: ignore[attr-defined]
        if places:
            tuples: list[ast.expr] = [
                ast.Tuple([ast.Constant(name), _thunk(copy.deepcopy(base)), _thunk(copy.deepcopy(key)), ast.Constant(kind)], ast.Load())
                for name, (base, key, kind) in sorted(places.items())
            ]
            call.keywords.append(ast.keyword("places", ast.Tuple(tuples, ast.Load())))
        return call

    # if
    def _branch(self, node: ast.If) -> list[ast.stmt]:
        test = self.visit(node.test)
        body = self._function_of("body", self.block(node.body), node)
        orelse = self._function_of("else", self.block(node.orelse), node)
        return [body, orelse, _at(ast.Expr(self._if(test, body, orelse)), node)]

    def _if(self, test: ast.expr, body: ast.FunctionDef, orelse: ast.FunctionDef, after: str = "go on") -> ast.expr:
        call = _call("if_", test, _load(body.name), _load(orelse.name), self._shared([body, orelse]), ast.Constant(after))
        return self._with_places(call, [body, orelse])

    def _branch_and_rest(self, node: ast.If, rest: list[ast.stmt], tail: Sequence[ast.stmt]) -> list[ast.stmt]:
        """An `if` in which some path leaves: what follows moves into the paths that do not."""
        out: list[ast.stmt] = []
        test = self.visit(node.test)
        falls = [_falls_through(node.body), _falls_through(node.orelse)]
        parts = [node.body, node.orelse]
        leaves_inside = [_leaves_any(part) for part in parts]
        if all(falls) and rest or any(fall and inside for fall, inside in zip(falls, leaves_inside)) and rest:
            following = self._function_of("rest", self.block(rest, tail), node, calls=self.following[-1:])
            out.append(following)
            self.following.append(following)
            tail = [_at(ast.Return(ast.Call(_load(following.name), [], [])), node)]
            bodies = [self.block(part, tail) for part in parts]
        else:
            bodies = [self.block([*part, *(rest if fall else [])], tail) for part, fall in zip(parts, falls)]
        body = self._function_of("body", bodies[0], node, calls=self.following[-1:])
        orelse = self._function_of("else", bodies[1], node, calls=self.following[-1:])
        if out:
            self.following.pop()
        after = "return" if self.context.kind == "function" else "leave"
        return [*out, body, orelse, _at(ast.Return(self._if(test, body, orelse, after)), node)]

    # Loops.
    def _loop(self, node: Any) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The loop, and what must be looked at after it (a `return` inside it)."""
        outer, following = self.context, self.following
        self.count += 1
        context = self.context = _Context("loop", self.count)
        self.following = []
        parameter = None
        if isinstance(node, ast.For):
            parameter = f"hb_item_{self.count}"
            target = _at(ast.Assign([node.target], _load(parameter)), node.target)
            inner = [target, *self.block(node.body)]
        else:
            inner = self.block(node.body)
        body = self._function_of("loop", inner, node, parameter)
        self.context, self.following = outer, following
        made: list[ast.stmt] = []
        for flag in (context.broken, context.returned):
            if flag in context.used:
                made.append(_at(_assign(flag, ast.Constant(False)), node))
                self.moved.add(flag)
        broken = ast.Constant(context.broken if context.broken in context.used else None)
        if isinstance(node, ast.For):
            iterated = node.iter
            if isinstance(iterated, ast.Call):  # `for i in tf.range(n)`: a range that is only looped over needs no length
                iterated = self.visit(iterated)
                if isinstance(iterated.func, ast.Call) and isinstance(iterated.func.func, ast.Attribute):
                    iterated.func.func.attr = "looped"
            else:
                iterated = self.visit(iterated)
            call = _call("for_", iterated, _load(body.name), self._shared([body]), broken)
            made += [body, _at(ast.Expr(self._with_places(call, [body])), node)]
        else:
            test = self._function_of("test", [_at(ast.Return(self.visit(copy.deepcopy(node.test))), node.test)], node)
            call = _call("while_", _load(test.name), _load(body.name), self._shared([test, body]), broken)
            made += [test, body, _at(ast.Expr(self._with_places(call, [test, body])), node)]
        checks: list[ast.stmt] = []
        if context.returned in context.used:
            endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value and not context.breaks
            leave = ast.Return(_load(context.result))
            checks.append(_at(leave, node) if endless else _check(context.returned, leave, node))
        if node.orelse:
            if context.broken in context.used:
                checks.append(_at(ast.If(ast.UnaryOp(ast.Not(), _load(context.broken)), node.orelse, []), node))
            else:
                checks += node.orelse
        return made, checks

    # with, try
    def _guarded(self, node: Any) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """A `with` or `try` that is left from inside an `if`: its blocks become functions, which set flags."""
        outer, following = self.context, self.following
        self.count += 1
        context = self.context = _Context("guard", self.count)
        self.following = []

        def guarded(statements: list[ast.stmt]) -> list[ast.stmt]:
            function = self._function_of("guarded", self.block(statements), node)
            return [function, _at(ast.Expr(ast.Call(_load(function.name), [], [])), node)]

        if isinstance(node, ast.With):
            self.context = outer
            node.items = [self.visit(each) for each in node.items]
            self.context = context
        for part in ("body", "orelse", "finalbody"):
            if getattr(node, part, None):
                setattr(node, part, guarded(getattr(node, part)))
        for handler in getattr(node, "handlers", ()):
            handler.body = guarded(handler.body)
        self.context, self.following = outer, following
        made: list[ast.stmt] = []
        checks: list[ast.stmt] = []
        for flag, leave in (
            (context.returned, ast.Return(_load(context.result))), (context.broken, ast.Break()), (context.skipped, ast.Continue()),
        ):  # fmt: skip
            if flag in context.used:
                made.append(_at(_assign(flag, ast.Constant(False)), node))
                self.moved.add(flag)
                checks.append(_check(flag, leave, node))
        return [*made, node], checks

    # Other statements and expressions.
    def visit_Assert(self, node: ast.Assert) -> Any:
        message = ast.Constant(None) if node.msg is None else self.visit(node.msg)
        return _at(ast.Expr(_call("assert_", self.visit(node.test), _thunk(message))), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Without its annotation, which a shared variable may not have."""
        if not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        if node.value is None:
            return _at(ast.Pass(), node)
        return _at(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        if _names_something(node):
            return node
        values = [_thunk(self.visit(each)) for each in node.values]
        return _at(_call("and_" if isinstance(node.op, ast.And) else "or_", *values), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        self.generic_visit(node)
        return _at(_call("not_", node.operand), node) if isinstance(node.op, ast.Not) else node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        if _names_something(node):
            return node
        self.generic_visit(node)
        return _at(_call("if_expression", node.test, _thunk(node.body), _thunk(node.orelse)), node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) == 1 or _names_something(node):
            return self.generic_visit(node)
        self.generic_visit(node)  # a < b < c
        steps = []
        for operator, right in zip(node.ops, node.comparators):
            arguments = ast.arguments([], [ast.arg("hb_left"), ast.arg("hb_right")], None, [], [], None, [])
            compare = ast.Lambda(arguments, ast.Compare(_load("hb_left"), [operator], [_load("hb_right")]))
            steps.append(ast.Tuple([compare, _thunk(right)], ast.Load()))
        return _at(_call("chain", node.left, *steps), node)

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == "super" and not node.args and self.first_parameter:
            node.args = [_load("__class__"), _load(self.first_parameter)]
        if name not in _AS_THEY_ARE:
            node.func = _at(_call("called", node.func), node.func)
        return node


# Questions about trees.
def _inside(statements: Iterable[ast.AST]) -> Iterable[ast.AST]:
    """Every node of some statements but those inside other functions and classes (which are given themselves)."""
    stack = list(statements)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack += ast.iter_child_nodes(node)


def _leaving(statements: Iterable[ast.AST], in_loop: bool = False) -> Iterable[ast.AST]:
    """The statements that leave this block: a `break` of a loop inside leaves only that loop."""
    for node in statements:
        if isinstance(node, ast.Return) or (isinstance(node, _LEAVES) and not in_loop):
            yield node
        elif isinstance(node, _LOOPS):
            yield from _leaving(node.body, True)
            yield from _leaving(node.orelse, in_loop)
        elif not isinstance(node, _SCOPES):
            yield from _leaving([each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr)], in_loop)


def _leaves(node: ast.AST) -> bool:
    return any(True for _ in _leaving([node]))


def _leaves_any(statements: Sequence[ast.stmt]) -> bool:
    return any(_leaves(each) for each in statements)


def _leaves_deeply(node: ast.AST) -> bool:
    """Whether a `with`, `try` or `match` is left from inside an `if` or a loop in it."""
    return any(
        isinstance(each, (ast.If, *_LOOPS)) and _leaves(each) for each in _inside(ast.iter_child_nodes(node))
    )


def _falls_through(statements: Sequence[ast.stmt]) -> bool:
    """Whether a path reaches the end of these statements."""
    for each in statements:
        if isinstance(each, (*_LEAVES, ast.Raise)):
            return False
        if isinstance(each, ast.If) and not _falls_through(each.body) and not _falls_through(each.orelse):
            return False
        if isinstance(each, ast.With) and not _falls_through(each.body):
            return False
    return True


def _assigned(statements: Iterable[ast.stmt]) -> set[str]:
    """The variables that statements (converted already) give values."""
    names: set[str] = set()
    stack: list[ast.AST] = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if getattr(node, "_hb_block", False):
                names.update(name for each in node.body if isinstance(each, (ast.Nonlocal, ast.Global)) for name in each.names)
            else:
                names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            names.update(each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
        elif not isinstance(node, _SCOPES):
            stack += ast.iter_child_nodes(node)
    return {name for name in names if not name.startswith(AG)}


def _places(statements: Iterable[ast.AST]) -> dict[str, tuple[ast.expr, ast.expr, str]]:
    """The attributes and items of fixed objects that statements give values: by text, the object, the name or key, and the kind."""
    statements = list(statements)
    assigned = _assigned(statements)  # type: ignore[arg-type]
    found: dict[str, tuple[ast.expr, ast.expr, str]] = {}
    stack: list[ast.AST] = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef) and getattr(node, "_hb_block", False):
            found.update(node._hb_places)  # type: ignore[attr-defined]
        elif isinstance(node, _SCOPES):
            continue
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            base: Any = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            key: Any = ast.Constant(node.attr) if isinstance(node, ast.Attribute) else node.slice
            plain = isinstance(key, ast.Constant) or (isinstance(key, ast.Name) and key.id not in assigned)
            if isinstance(base, ast.Name) and base.id not in assigned and plain:
                found[ast.unparse(node)] = (_loaded(node.value), key, "attribute" if isinstance(node, ast.Attribute) else "item")
        stack += ast.iter_child_nodes(node)
    return {text: place for text, place in found.items() if not _roots(place) & assigned}


def _roots(place: tuple[ast.expr, ast.expr, str]) -> set[str]:
    return {each.id for part in place[:2] for each in ast.walk(part) if isinstance(each, ast.Name)}


def _loaded(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def _names_something(node: ast.AST) -> bool:
    """Whether an expression assigns (`:=`): it cannot move into a lambda then."""
    return any(isinstance(each, ast.NamedExpr) for each in ast.walk(node))


# Makers of nodes.
def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(_load(AG), name, ast.Load()), list(args), [])


def _thunk(expression: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), expression)


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _check(flag: str, leave: ast.stmt, at: ast.AST) -> ast.If:
    return _at(ast.If(_load(flag), [_at(leave, at)], []), at)


def _at(made: Any, original: ast.AST) -> Any:
    """The node with the line of what it stands for, its new children too."""
    if not hasattr(made, "lineno"):
        ast.copy_location(made, original)
    return ast.fix_missing_locations(made)
