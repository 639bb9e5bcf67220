import re
from pathlib import Path
D = Path("/work/main/dlkit/config")
def sub(file, old, new):
    p = D / file
    t = p.read_text()
    assert t.count(old) == 1, (file, t.count(old), old)
    p.write_text(t.replace(old, new))

# yaml_reader
sub("yaml_reader.py", '''                self._report((*path, key), mark, "merge keys are not accepted.")
''', '''                message = "merge keys are not accepted. Write out what they would bring."
                self._report((*path, key), mark, message)
''')
sub("yaml_reader.py", '''    said = getattr(error, "problem", None) or str(error)
    place = _mark(mark, file) if mark else Mark(file)
    return Problem(f"not valid YAML: {said}.", mark=place)
''', '''    said = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None) or ""
    if said.startswith("but "):
        said = f"{context}, {said}"
    opened = getattr(error, "context_mark", None) or mark
    place = _mark(mark, file) if mark else Mark(file)
    hint = _syntax_hint(said, context, opened.line + 1, place.line) if opened else ""
    return Problem(f"not valid YAML: {said}.", hint=hint, mark=place)


def _syntax_hint(said: str, context: str, opened: int, line: int) -> str:
    """Return what usually leads to a fault that shows only some lines later."""
    if "'\\\\t'" in said:
        return "Indent with spaces, not tabs."
    if said.startswith("expected <block end>") and said.endswith("start>'"):
        return "Indent it like the lines around it."
    if "quoted scalar" in context:
        return f"The quote opened in line {opened} is not closed."
    if "flow" in context and opened < line:
        return f"Is the bracket opened in line {opened} closed?"
    return ""
''')
# validation
sub("validation.py", '''    return Problem(f"expected {EXPECTED.get(kind, item['msg'])}, received {show(value)}.", path)
''', '''    example = _example(path) if kind == "model_type" else ""
    hint = f"Example: {example}." if example else ""
    message = f"expected {EXPECTED.get(kind, item['msg'])}, received {show(value)}."
    return Problem(message, path, hint)
''')
# rules
sub("rules.py", '''            f"{did_you_mean(stopping.monitor, legal)} Made: {', '.join(legal)}.",
''', '''            f"{near}Made: {', '.join(legal)}.",
''')
sub("rules.py", '''    else:
        yield Problem(
            f"no metric makes {stopping.monitor!r}.",
''', '''    else:
        meant = nearest(stopping.monitor, legal)
        near = f"Did you mean {meant!r}? " if meant else ""
        yield Problem(
            f"no metric makes {stopping.monitor!r}.",
''')
sub("rules.py", "from dlkit.config.names import did_you_mean\n", "from dlkit.config.names import did_you_mean, nearest\n")
# semantics
sub("semantics.py", '''    plural = "" if head.units == 1 else "s"
    yield Problem(
        f"the labels have {classes} classes, and the last layer has {head.units} unit{plural}.",
''', '''    plural = "" if head.units == 1 else "s"
    takes = f"{loss.name} takes 1 unit for 2 classes"
    if loss.name in SPARSE:
        takes = f"the labels have {classes} classes"
    yield Problem(
        f"{takes}, and the last layer has {head.units} unit{plural}.",
''')
# sections
sub("sections.py", '''    reader.problems += _misnamed_blocks(blocks, reader.catalogue)
''', '''    misnamed = _misnamed_blocks(blocks, reader.catalogue)
    reader.problems += misnamed
    blocks = without(blocks, {problem.path[2:] for problem in misnamed})
    reader.blocks = tuple(blocks)
''')
sub("sections.py", '''from dlkit.config.schema import DEFAULT_OPTIMIZER
''', '''from dlkit.config.schema import DEFAULT_OPTIMIZER
from dlkit.config.source import without
''')
sub("sections.py", '''    reader.problems[:] = dict.fromkeys(reader.problems)
''', '''    told = {(problem.path, problem.message): problem for problem in reader.problems[::-1]}
    reader.problems[:] = list(told.values())[::-1]  # a block's own fault not once a use
''')
# objects
sub("objects.py", '''    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(''', '''    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: tuple[str, ...] = ()

    def read(''')
sub("objects.py", '''        hint = did_you_mean(name, legal)
        elsewhere =''', '''        if kind == "layers":
            legal += self.blocks
        hint = did_you_mean(name, legal)
        if not hint.startswith("Did"):
            hint = did_you_mean(name, self.catalogue.names(kind))
        elsewhere =''')
sub("objects.py", '''        given = self._name_arguments(entry, value, path, supplied)
''', '''        given = self._name_arguments(entry, value, path, supplied)
        if given is None:
            return None
''')
sub("objects.py", '''        self, entry: Entry, value: Any, path: Path, supplied: tuple[str, ...]
    ) -> dict[str, Any]:
        """Give every written value the name of its argument."""
''', '''        self, entry: Entry, value: Any, path: Path, supplied: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """Give every written value the name of its argument; None where that fails."""
''')
sub("objects.py", '''        if isinstance(value, list) and len(required) > 1 and len(value) == len(required):
            return dict(zip(required, value, strict=True))
''', '''        if isinstance(value, list) and len(required) > 1:
            if len(value) == len(required):
                return dict(zip(required, value, strict=True))
            message = f"expected [{', '.join(required)}], received {show(value)}."
            self._report(path, message)
            return None
''')
sub("objects.py", '''        if wrong:
            self._report(path, wrong)
        return converted
''', '''        if wrong:
            length = entry.kind == "schedules" and key.endswith("steps")
            self._report(path, wrong, "Or a duration like `5 epochs`." if length else "")
        return converted
''')
sub("objects.py", '''        if value is None:
            if parameter.required:
                anything''', '''        if value is None:
            number = parameter.accepts and {*parameter.accepts} <= {"integer", "number", "boolean"}
            if parameter.required or (number and parameter.default is not None):
                anything''')
# expansion
sub("expansion.py", '''                self._report((*path, index), f"expected at most {MAX_LAYERS:,} layers.")
                return
''', '''                message = f"expected at most {MAX_LAYERS:,} layers."
                if not any(problem.message == message for problem in self.problems):
                    self._report((*path, index), message)
                return
''')
sub("expansion.py", '''            message = f"expected a count of at least 1, received {show(times)}."
''', '''            message = f"expected a count from 1 to {MAX_LAYERS:,}, received {show(times)}."
''')
