"""Copies of the ready studies, to be broken in the ways real studies are."""

import csv
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
import SimpleITK as sitk
import yaml
from click.testing import CliRunner

from experiments.cli.check import check


class Copy:
    """A study with its data, to be broken."""

    def __init__(self, study: Path, data: Path) -> None:
        self.study, self.data = study, data
        self.table = study.parent / "images.csv"

    def rows(self):
        with self.table.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, rows):
        with self.table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def change(self, line, **values):
        """Change a row by its line."""
        rows = self.rows()
        rows[line - 2].update(values)
        self.write(rows)

    def settings(self, change):
        values = yaml.safe_load(self.study.read_text(encoding="utf-8"))
        change(values)
        self.study.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")

    def file(self, line, column="image"):
        return self.data / self.rows()[line - 2][column]

    def edit(self, path, change):
        """Change the voxels of an image or mask, keeping its grid."""
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
        edited = sitk.GetImageFromArray(change(array))
        edited.CopyInformation(image)
        sitk.WriteImage(edited, str(path))

    def check(self, *options):
        arguments = [str(self.study), "--data", str(self.data), "--jobs", "1", "--json", *options]
        result = CliRunner().invoke(check, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture(scope="session")
def copy_of():
    """Give a function that makes a `Copy` of the path of a study and the folder of its data."""
    return Copy


@pytest.fixture(scope="session")
def kinds():
    """Give a function that gives the kinds of the findings of a check, all or those of a level."""
    return lambda found, level=None: {one["kind"] for one in found["findings"] if level in (None, one["level"])}


@pytest.fixture(scope="session")
def join_echoes():
    """Give a function that makes two volumes of the image in a file."""

    def join(path):
        image = sitk.ReadImage(str(path))
        sitk.WriteImage(sitk.JoinSeries([image, image]), str(path))

    return join


@pytest.fixture(scope="session")
def told() -> Callable[[Mapping, str, str], list[str]]:
    """Give a function that gives the levels of the findings of a kind that say these words, or where they belong."""

    def levels(found, kind, words):
        return [
            one["level"]
            for one in found["findings"]
            if one["kind"] == kind and words in json.dumps(one, ensure_ascii=False)
        ]

    return levels


@pytest.fixture(scope="module")
def found_in(request, copied, tmp_path_factory, join_echoes):
    """Give a function that checks one of the module's GROUPS of faults, a study each, once for all its faults."""

    @cache
    def found(group):
        study = copied(tmp_path_factory.mktemp("group"))
        for change, *_ in request.module.GROUPS[group].values():
            change(study, join_echoes)
        return study.check()

    return found
