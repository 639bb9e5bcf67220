"""What all tests share: no network, no data of the person's own, quiet TensorFlow."""

import gc
import os
import signal
import warnings
from pathlib import Path

import pytest

from tests.nightly import NIGHTLY

ROOT = Path(__file__).parent.parent

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_configure(config: pytest.Config) -> None:
    """Take files in our order, hear Ctrl-C, and look for garbage less often.

    Graphs leave much behind, and each search goes through all of it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Shells start what runs in the background so, and what tests start would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.option.loadscopereorder = False  # of pytest-xdist: files with many tests first
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is for the night, and begin with the files that train.

    The files are handed out one by one. Short ones at the end keep both processes busy.
    """
    if not NIGHTLY:
        skip = pytest.mark.skip(reason="make nightly runs it")
        for item in items:
            if item.get_closest_marker("nightly"):
                item.add_marker(skip)
    training = {item.path for item in items if item.get_closest_marker("keras")}
    items.sort(key=lambda item: item.path not in training)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> None:
    """Send every download to a port where nobody answers, so that it fails at once."""
    for scheme in ("http", "https"):
        os.environ[f"{scheme}_proxy"] = os.environ[f"{scheme.upper()}_PROXY"] = (
            "http://127.0.0.1:9"
        )


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder that is not there: most tests need no folder, and one each takes its time."""
    return str(tmp_path_factory.mktemp("nowhere") / "keras_home")


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, nowhere: str) -> None:
    """Look for datasets nowhere but where a test puts them."""
    monkeypatch.delenv("DLKIT_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", nowhere)


@pytest.fixture(autouse=True)
def _keras_ready(request: pytest.FixtureRequest) -> None:
    """Start TensorFlow as dlkit does, before the first test that needs it."""
    if request.node.get_closest_marker("keras"):
        from dlkit.backend import import_tensorflow

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_tensorflow()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("DLKIT_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "mnist.npz").is_file():
        pytest.skip("real MNIST is not here: set DLKIT_DATA to its folder")
    return folder


@pytest.fixture
def unpictured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs draw nothing, which takes longer than a small training."""
    monkeypatch.setattr("dlkit.report.run_page.draw_pictures", lambda *_: [])
