"""Files that a config names are found where people expect them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlkit.data.files import NotFoundError, find_files, find_folder, search_places


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, names in ((first, "b.csv a.csv"), (second, "c.csv a.csv x.txt")):
        folder.mkdir()
        for name in names.split():
            (folder / name).write_text("")
    (second / "deep" / "er").mkdir(parents=True)
    (second / "deep" / "er" / "d.csv").write_text("")
    return first, second


def test_first_place_with_the_file_counts(places: tuple[Path, Path]) -> None:
    first, second = places
    assert find_files(["a.csv", "c.csv"], places) == [first / "a.csv", second / "c.csv"]


def test_pattern_means_its_files_in_order(places: tuple[Path, Path]) -> None:
    first, second = places
    assert find_files(["*.csv"], places) == [first / "a.csv", first / "b.csv"]
    assert find_files(["**/d.csv"], places) == [second / "deep" / "er" / "d.csv"]


def test_file_that_is_named_twice_is_read_once(places: tuple[Path, Path]) -> None:
    first = places[0]
    assert find_files(["b.csv", "*.csv"], places) == [first / "b.csv", first / "a.csv"]


def test_absolute_path_is_taken_as_it_is(places: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "second" / "x.txt"
    assert find_files([str(path)], places[:1]) == [path]


def test_folder_is_found_like_a_file(places: tuple[Path, Path]) -> None:
    assert find_folder("deep", places) == places[1] / "deep"


def test_name_with_the_signs_of_a_pattern_is_a_name_first(places: tuple[Path, Path]) -> None:
    path = places[0] / "[x].csv"
    path.write_text("")
    assert find_files(["[x].csv"], places) == [path]


def test_what_is_nowhere_is_told_with_the_places(places: tuple[Path, Path]) -> None:
    looked = f"{places[0]}, {places[1]}"
    with pytest.raises(NotFoundError) as caught:
        find_files(["a.csv", "z*.csv"], places)
    assert str(caught.value) == f"z*.csv: there is no such file (looked in {looked})."
    assert caught.value.exit_code == 3


def test_places_are_here_then_the_config_s_then_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert search_places(None) == (tmp_path,)
    monkeypatch.setenv("DLKIT_DATA", "/data")
    folder = tmp_path / "configs"
    assert search_places(folder) == (tmp_path, folder, Path("/data"))
