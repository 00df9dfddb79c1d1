"""Which file of a crate depends on which: for `circles` and `arrows`.

File A depends on file B when code in A names an item that B defines: in a `use`, in a path such as
`crate::job::Lease` or `super::wait::until()`, or by a name that a glob or a re-export brings in. A re-export
resolves to the file that defines the item, not to the file that re-exports it. Not counted: `mod child;`,
a re-export of a child's item that the parent does not itself use, and everything under `#[cfg(test)]`.
Method calls (`lease.finish()`) are not resolved, because that takes types.
"""
import functools
import re
from collections import defaultdict

NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r"|\b[bc]?r(?P<hashes>#*)\".*?\"(?P=hashes)|\b[bc]\"(?:\\.|[^\"\\])*\"|\"(?P<text>(?:\\.|[^\"\\])*)\""
    r"|b?'(?:\\[^\n]{1,10}?|[^\\'\n])'|'\w+",  # characters and lifetimes
    re.DOTALL,
)
TOKEN = re.compile(r"\n|(?:r#)?[A-Za-z_]\w*|::|\d\w*|[^\s\w]")
NAME = re.compile(r"[A-Za-z_]\w*")
PATH_IN_STRING = re.compile(r"(crate|super|self)(::\w+)+")  # as in #[serde(default = "crate::config::port")]
ITEM = {"fn", "struct", "enum", "union", "trait", "type", "const", "static", "unsafe", "async"}
CLOSING = {"{": "}", "(": ")", "[": "]"}


class Module:
    def __init__(self, file, folder, parent=None):
        self.file, self.folder, self.parent = file, folder, parent
        self.root = parent.root if parent else self
        self.children, self.items = {}, set()
        self.uses = []  # (path, name or "*", is it a re-export, line)
        self.paths = []  # (path of two segments or more, line)
        self.names = {}  # each name in code: its line
        self.nonlocal_names = {}  # without names that may be local variables: types, and what is called
        self.macros = {}  # of a root: macro: file

    def walk(self):
        yield self
        for child in self.children.values():
            yield from child.walk()


def tokens_of(file):
    """Tokens with their lines, without comments and literals."""

    def blank(match):
        path = PATH_IN_STRING.fullmatch(match["text"] or "")
        return (path[0] if path else " ") + "\n" * match[0].count("\n")

    text = file.read_text() if file.exists() else ""  # the compiler reports a missing file
    line, tokens = 1, []
    for token in TOKEN.findall(NOT_CODE.sub(blank, text)):
        if token == "\n":
            line += 1
        else:
            tokens.append((token.removeprefix("r#"), line))
    return tokens


class Parser:
    """Fills a module, and those inside it, from the tokens of its file."""

    def __init__(self, module):
        self.tokens, self.at = tokens_of(module.file), 0
        self.scopes = [module]  # a Module, or None for any other block
        while self.at < len(self.tokens):
            self.step(*self.tokens[self.at])

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead][0] if 0 <= self.at + ahead < len(self.tokens) else ""

    def module(self):
        return next(scope for scope in reversed(self.scopes) if scope)

    def step(self, token, line):
        if token == "#" and self.peek(1) == "[" and re.match(r"cfg\((all\()?test\b", self.text(2, 5)):
            self.skip_item()
        elif token == "use" and self.peek(1) != "<":
            is_public = self.peek(-1) == "pub" or (self.peek(-1) == ")" and "pub" in self.text(-6, 6))
            self.at += 1
            self.use_tree((), is_public, line)
        elif token == "mod" and self.scopes[-1] and NAME.match(self.peek(1)):
            self.child(self.peek(1))
        elif token == "macro_rules":
            self.module().root.macros[self.peek(2)] = self.module().file
            self.at += 3
        elif token in ITEM:
            self.at += 1
            if NAME.match(self.peek()) and self.peek() not in ITEM:
                if self.scopes[-1]:
                    self.scopes[-1].items.add(self.peek())
                self.at += 1
        elif NAME.match(token):
            self.path(line)
        else:
            if token == "{":
                self.scopes.append(None)
            elif token == "}":
                self.scopes.pop()
            self.at += 1

    def text(self, start, count):
        return "".join(self.peek(start + i) for i in range(count))

    def skip_balanced(self):
        depth = 0
        while self.at < len(self.tokens):
            depth += (self.peek() in CLOSING) - (self.peek() in CLOSING.values())
            self.at += 1
            if depth == 0:
                return

    def skip_item(self):
        """Skips attributes and the item, statement or field behind them."""
        while self.peek() == "#":
            self.at += 1
            self.skip_balanced()
        if self.peek() == "pub":
            self.at += 1
            if self.peek() == "(":
                self.skip_balanced()
        is_use, is_field = self.peek() == "use", self.peek(1) == ":"
        while (token := self.peek()) not in ("}", ""):
            if token in CLOSING:
                self.skip_balanced()
            else:
                self.at += 1
            if token == ";" or (token == "{" and not is_use) or (token == "," and is_field):
                return

    def child(self, name):
        parent = self.module()
        if self.peek(2) == "{":
            child = Module(parent.file, parent.folder / name, parent)
            self.scopes.append(child)
        else:
            child = Module(parent.folder / f"{name}.rs", parent.folder / name, parent)
            Parser(child)
        parent.children[name] = child
        self.at += 3

    def use_tree(self, path, is_public, line):
        """One branch of a `use`; stands behind it afterwards."""
        while self.peek() not in (";", ",", "}", "{", "*", "as", ""):
            if self.peek() == "::" and not path:
                path = ("::",)  # an external crate
            elif NAME.match(self.peek()) and not (self.peek() == "self" and path):
                path += (self.peek(),)
            line = self.tokens[self.at][1]
            self.at += 1
        token = self.peek()
        if token == "{":
            while self.peek() not in ("}", ""):
                self.at += 1
                if self.peek() != "}":
                    self.use_tree(path, is_public, line)
            self.at += 1
        else:
            alias = {"*": "*", "as": self.peek(1)}.get(token, path[-1])
            self.at += {"*": 1, "as": 2}.get(token, 0)
            self.module().uses.append((path, alias, is_public, line))

    def path(self, line):
        module, before, path = self.module(), self.peek(-1), [self.peek()]
        while self.peek(1) == "::" and NAME.match(self.peek(2)):
            self.at += 2
            path.append(self.peek())
        self.at += 1
        if before in (".", "::"):
            return
        module.paths.extend([(tuple(path), line)] if len(path) > 1 else [])
        module.names.setdefault(path[0], line)
        if path[0][0].isupper() or len(path) > 1 or self.peek() in ("(", "!"):
            module.nonlocal_names.setdefault(path[0], line)


def find(module, name, seen=frozenset()):
    """What a name means in a module: the files that define such an item, and a module or None."""
    files, target = {module.file} if name in module.items else set(), module.children.get(name)
    here = (module, name)
    for path, alias, _, _ in module.uses if here not in seen else []:
        if alias in (name, "*"):
            found, inner = resolve(module, path, seen | {here})
            if alias == "*":
                found, inner = find(inner, name, seen | {here}) if inner else (set(), None)
            files, target = files | found, target or inner
    return files, target


def resolve(module, path, seen=frozenset()):
    """The same for a path; nothing for paths that leave the crate."""
    files, current = set(), {"crate": module.root, "self": module, "super": module.parent}.get(path[0])
    if not current:
        files, current = find(module, path[0], seen)
    for name in path[1:]:
        if not current:
            break
        module = current
        files, current = (set(), module.parent) if name == "super" else find(module, name, seen)
        if not files and not current:
            files = {module.file}  # made by a macro
    return files, current


def dependencies(root):
    """File → file → {name: line}."""
    graph = defaultdict(lambda: defaultdict(dict))
    for module in root.walk():
        below = {child.file for child in module.walk()}

        def add(files, name, line):
            for file in files - {module.file}:
                graph[module.file][file].setdefault(name, line)

        for path, alias, is_public, line in module.uses:
            files, source = resolve(module, path)
            if alias == "*":
                for name, where in module.nonlocal_names.items():
                    add(find(source, name)[0] if source else files, name, where)
            else:
                used = module.nonlocal_names if is_public else module.names
                add({file for file in files if file not in below or alias in used}, path[-1], used.get(alias, line))
        for path, line in module.paths:
            add(resolve(module, path)[0], "::".join(path[-2:]), line)
        for name in module.root.macros.keys() & module.nonlocal_names.keys():
            add({module.root.macros[name]}, f"{name}!", module.nonlocal_names[name])
    return graph


@functools.cache
def graphs(crate):
    """Returns what `dependencies` returns for each library and program of a crate."""
    manifest = crate / "Cargo.toml"
    declared = re.findall(r'^path = "(.*\.rs)"', manifest.read_text(), re.MULTILINE) if manifest.exists() else []
    files = {crate / path for path in ["src/lib.rs", "src/main.rs", *declared] if (crate / path).exists()}
    roots = [Module(file, file.parent) for file in sorted(files)]
    for root in roots:
        Parser(root)
    return [dependencies(root) for root in roots]
