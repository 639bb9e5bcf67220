exec(open("/tmp/corpus/edit.py").read().split("# yaml_reader")[0])
sub("expansion.py", '''        for key in given.keys() - parameters.keys():
            hint = did_you_mean(key, parameters)
            self._report((*path, key), f"block {head!r} has no parameter {key!r}.", hint)
        values = parameters | given
        missing = [key for key, value in values.items() if value is None]
        if missing:
            names = " and ".join(map(repr, missing))
            self._report(path, f"block {head!r} needs {names}.")
        before''', '''        if parameters is not None:
            self._check_given(head, given, parameters, path)
        values = {k: v for k, v in ((parameters or {}) | given).items() if v is not None}
        before''')
sub("expansion.py", '''    def _first(self, head''', '''    def _check_given(
        self, head: str, given: dict[str, Any], parameters: dict[str, Any], path: Path
    ) -> None:
        """Report what a use gives that its block does not know, and what it lacks."""
        unknown = given.keys() - parameters.keys()
        for key in unknown:
            hint = did_you_mean(key, parameters)
            self._report((*path, key), f"block {head!r} has no parameter {key!r}.", hint)
        meant = {nearest(key, parameters) for key in unknown}
        values = parameters | given
        missing = [key for key in parameters if values[key] is None and key not in meant]
        if missing:
            names = " and ".join(map(repr, missing))
            self._report(path, f"block {head!r} needs {names}.")

    def _first(self, head''')
sub("expansion.py", '''        _, parameters = self._definition(head)
        if not parameters:
            self''', '''        _, parameters = self._definition(head)
        if parameters is None:
            return {}
        if not parameters:
            self''')
sub("expansion.py", '''    def _definition(self, head: str) -> tuple[list[Any], dict[str, Any]]:
        """Return the layers and the parameters of a block, as far as they are right."""
''', '''    def _definition(self, head: str) -> tuple[list[Any], dict[str, Any] | None]:
        """Return the layers and the parameters of a block; None where these are wrong."""
''')
sub("expansion.py", '''            return [], {}
        for key''', '''            return [], None
        for key''')
sub("expansion.py", '''            hint = did_you_mean(key, ("layers", "parameters"))
            self._report((*path, key), "unknown key.", hint)
        parameters = block.get("parameters") or {}
''', '''            hint = did_you_mean(key, ("layers", "parameters"))
            self._report((*path, key), "unknown key.", hint)
            if nearest(key, ("layers", "parameters")) == "parameters":
                return block["layers"], None
        parameters = block.get("parameters") or {}
''')
sub("expansion.py", '''            return block["layers"], {}
        return''', '''            return block["layers"], None
        return''')
sub("expansion.py", "import did_you_mean, snake_case", "import did_you_mean, nearest, snake_case")
sub("interpolation.py", '''        try:
            return lookup(self.data, (*path[:3], "parameters")) or ()
        except KeyError:
            return ()
''', '''        block = lookup(self.data, path[:3])
        for key in block if isinstance(block, dict) else ():
            if nearest(key, ("layers", "parameters")) == "parameters":
                return block[key] or ()
        return ()
''')
sub("interpolation.py", "import did_you_mean\n", "import did_you_mean, nearest\n")
