import os, sys
from pathlib import Path
from dlkit.config.load import load_config
from dlkit.errors import ConfigError
ROOT = Path("/work/main/tests/config/faulty")
write = "--write" in sys.argv
groups = [a for a in sys.argv[1:] if not a.startswith("-")]
for f in sorted(ROOT.glob("*/*.yaml")):
    if groups and f.parent.name not in groups: continue
    os.chdir(f.parent)
    try:
        r = load_config(f.name)
        out = [str(p) for p in r.warnings]; tag = "OK" if f.parent.name == "warnings" else "!!LOADS"
    except ConfigError as e:
        out = [str(p) for p in e.problems]; tag = "" if f.parent.name != "warnings" else "!!ERR"
    except Exception as e:
        out = [repr(e)]; tag = "!!CRASH"
    print(f"== {f.parent.name}/{f.stem} {tag}")
    print("\n".join(out) or "!!EMPTY")
    if write: f.with_suffix(".txt").write_text("\n".join(out) + "\n")
