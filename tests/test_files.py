"""Files that are written whole or not at all, those that are set aside, and the course's folders."""

import os
import threading

import pytest

from aelib import files


@pytest.mark.parametrize("content, held", [("ä\r\n\ud800", b"\xc3\xa4\r\n\\ud800"), (b"\0\xff", b"\0\xff")])
def test_a_text_or_bytes_are_written_with_the_folders_that_are_missing(tmp_path, content, held):
    file = tmp_path / "a" / "b" / "file"
    files.write(file, content)
    files.write(str(file), content)
    assert file.read_bytes() == held and os.listdir(file.parent) == ["file"]


def test_a_reader_never_finds_a_part_and_several_writers_lose_nothing_but_the_race(tmp_path):
    file, contents = tmp_path / "file", [bytes([n]) * 100_000 for n in range(8)]
    files.write(file, contents[0])
    found = set()

    def writes(content):
        for _ in range(20):
            files.write(file, content)

    writers = [threading.Thread(target=writes, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        found.add(file.read_bytes())
    assert found <= set(contents) and os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_fails_leaves_the_old_content_and_no_other_file(tmp_path, monkeypatch, step):
    file = tmp_path / "file"
    files.write(file, "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        files.write(file, "new")
    assert file.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_a_file_that_another_program_reads_for_a_moment_is_replaced_when_it_is_free(tmp_path, monkeypatch):
    file, replace, refusals = tmp_path / "file", os.replace, [1, 1, 1]

    def held(*names):  # as Windows does while a reader has the file open
        if refusals:
            refusals.pop()
            raise PermissionError(13, "The process cannot access the file", str(file))
        replace(*names)

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    files.write(file, "new")
    assert file.read_text() == "new" and os.listdir(tmp_path) == ["file"] and not refusals
    refusals += [1, 1]
    assert files.set_aside(file, "old").read_text() == "new" and not refusals
    refusals += [1] * 1000
    with pytest.raises(PermissionError):
        files.write(file, "newer")
    assert os.listdir(tmp_path) == ["file.old-1"]


def test_a_file_that_is_in_the_way_gets_a_free_name_and_nothing_is_overwritten(tmp_path):
    file = tmp_path / "grades.json"
    for number in (1, 2):
        file.write_text(str(number))
        aside = files.set_aside(file, "damaged")
        assert aside == tmp_path / f"grades.json.damaged-{number}" and aside.read_text() == str(number)
    assert not file.exists()


def test_a_file_that_another_process_has_just_set_aside_leaves_no_empty_name(tmp_path, monkeypatch):
    file = tmp_path / "grades.json"
    file.write_text("1")

    def gone(path, aside):
        file.unlink(missing_ok=True)
        raise FileNotFoundError(path)

    monkeypatch.setattr(files.os, "replace", gone)
    with pytest.raises(FileNotFoundError):
        files.set_aside(file, "damaged")
    assert os.listdir(tmp_path) == []


def test_a_file_keeps_its_mode_and_a_link_leads_to_the_new_content(tmp_path):
    file, link = tmp_path / "grades.json", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)
    files.write(link, "new")
    assert link.is_symlink() and file.read_text() == "new" and file.stat().st_mode & 0o777 == 0o600


def test_a_name_as_long_as_any_is_written(tmp_path):
    files.write(tmp_path / ("n" * 255), "new")
    assert (tmp_path / ("n" * 255)).read_text() == "new"


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="a device of Unix")
def test_a_device_is_written_and_never_replaced_or_set_aside():
    files.write("/dev/null", "nothing")
    with pytest.raises(OSError, match="expected a file"):
        files.set_aside("/dev/null", "earlier")
    assert not os.path.isfile("/dev/null")


def test_a_folder_is_neither_written_nor_set_aside(tmp_path):
    (tmp_path / "folder").mkdir()
    for attempt in (lambda: files.write(tmp_path / "folder", "x"), lambda: files.set_aside(tmp_path / "folder", "old")):
        with pytest.raises(OSError):
            attempt()
    assert os.listdir(tmp_path) == ["folder"]


def test_the_courses_folders_are_found():
    assert (files.course("quizzes") / "01.json").exists() and list(files.course("notebooks").glob("01_*.ipynb"))
