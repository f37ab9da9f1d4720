import re


def test_names_that_no_file_can_have(run, readers, table, tmp_path):
    odd = readers.replace("Volume;Entropy", "a/vol[red];a:vol[red]").replace("liver", "[bold]li/ver")
    table.write_text(odd)
    result = run(table, "--out", tmp_path / "out", "--picture", "a/vol[red]", "--picture", "a:vol[red]")
    assert result.exit_code == 0, result.output
    assert "[bold]li/ver" in result.output
    names = {path.name for path in (tmp_path / "out" / "figures").glob("bland_altman*.png")}
    assert len(names) == 2
    assert all(re.fullmatch(r"bland_altman_a-vol-red_[0-9a-f]{8}\.png", name) for name in names)


def test_two_subjects_give_no_picture_of_pairs(run, readers, table, tmp_path):
    table.write_text("".join(readers.splitlines(keepends=True)[:9]))
    result = run(table, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "fewer than 10 subjects in liver, spleen" in result.output
    assert not list((tmp_path / "out" / "figures").glob("bland_altman*"))
