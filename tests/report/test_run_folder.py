from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dlkit.errors import StorageError
from dlkit.report.run_folder import create_run_folder, find_runs


def test_runs_are_numbered_from_one(tmp_path: Path) -> None:
    made = [create_run_folder(tmp_path, "net").path for _ in range(3)]
    assert made == [tmp_path / "net" / number for number in ("1", "2", "3")]
    assert all((path / "plots").is_dir() for path in made)


def test_latest_points_to_the_newest(tmp_path: Path) -> None:
    for _ in range(2):
        folder = create_run_folder(tmp_path, "net")
    assert (tmp_path / "net" / "latest").resolve() == folder.path.resolve()


def test_numbers_go_on_behind_a_gap(tmp_path: Path) -> None:
    (tmp_path / "net" / "7").mkdir(parents=True)
    (tmp_path / "net" / "notes").mkdir()
    assert create_run_folder(tmp_path, "net").path.name == "8"


@pytest.mark.parametrize("name", ["²", "٣", "1.5", "-1", "latest"])
def test_only_ascii_numbers_are_runs(tmp_path: Path, name: str) -> None:
    (tmp_path / "net" / name).mkdir(parents=True)
    assert find_runs(tmp_path) == []
    assert create_run_folder(tmp_path, "net").path.name == "1"


def test_runs_that_start_together_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: create_run_folder(tmp_path, "net").path, range(40)))
    assert len(set(made)) == 40


def test_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("in the way")
    with pytest.raises(
        StorageError, match=r"net: cannot make a run folder here \(File exists\)"
    ):
        create_run_folder(tmp_path, "net")


def test_folder_that_cannot_be_made_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match=r"Choose another with --output\.$"):
        create_run_folder(Path("/proc/nowhere"), "net")


def test_runs_are_found_by_name_and_number(tmp_path: Path) -> None:
    for name in ("b", "a", *["b"] * 10):
        create_run_folder(tmp_path, name)
    titles = [run.title for run in find_runs(tmp_path)]
    assert titles == ["a/1", *(f"b/{number}" for number in range(1, 12))]
    assert [run.title for run in find_runs(tmp_path, "a")] == ["a/1"]
    assert find_runs(tmp_path, "/b") == find_runs(tmp_path / "gone") == []
