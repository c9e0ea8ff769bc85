"""Files that a folder of reports may hold, and what should become of each.

``python -m tests.faults`` reads them one by one and prints the table: file, what happened,
how long, and the most memory that a process takes to read it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.builders import SAMPLES, make_pdf, numbered, scan

READ = "read"
SECONDS = 30.0
MEGABYTES = 1024
PARAGRAPHS = "\n\n".join(
    f"{n}. Paragraph {n} says that the council acts on what it hears from children."
    for n in range(1, 9)
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A file, how it is made, and what should come of it: READ or kinds of error."""

    name: str
    make: Callable[[Path], object]
    expected: tuple[str, ...]


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


def _sample() -> bytes:
    return (SAMPLES / "ashenmoor-2015-08-21.pdf").read_bytes()


def _cut(share: float) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(_sample()[: int(len(_sample()) * share)])


def _flipped(path: Path) -> None:
    data = bytearray(_sample())
    for place in range(len(data) // 3, 2 * len(data) // 3, 7):
        data[place] ^= 0x55
    path.write_bytes(bytes(data))


def _without_xref(path: Path) -> None:
    data = _sample()
    path.write_bytes(data[: data.rindex(b"xref")])


def _zip(entries: dict[str, bytes]) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in entries.items():
                archive.writestr(name, data)

    return make


def _word(paragraphs: list[str]) -> bytes:
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _word_with(changes: dict[str, bytes]) -> Callable[[Path], object]:
    """A Word document with some of its parts put in the place of others."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(_word(["1. The council acts."]))) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        _zip(entries | changes)(path)

    return make


def raw_pdf(objects: list[bytes]) -> bytes:
    """A PDF of objects 1, 2, …, the first being the catalog, with its cross-reference table."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(
        b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )
    return out.getvalue()


def _stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (extra, len(data), data)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def _page_pdf(
    content: bytes, *, box: bytes = b"0 0 595 842", extra: bytes = b"", font: bytes = _FONT,
    resources: bytes = b"", more: tuple[bytes, ...] = (),
) -> Callable[[Path], object]:  # fmt: skip
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>%s>>>>" % (box, resources)
    )
    return _bytes(raw_pdf([_CATALOG, _PAGES, page, _stream(content, extra), font, *more]))


_WORDS = b"".join(
    b"BT /F1 12 Tf 72 %d Td (%d. The council acts on what it hears from children.) Tj ET\n"
    % (740 - 30 * n, n)
    for n in range(1, 12)
)


def _bomb(times: int) -> Callable[[Path], object]:
    """A content stream of blanks that unpacks to ``times`` megabytes."""

    def make(path: Path) -> None:
        packer = zlib.compressobj(9)
        parts = [packer.compress(b" " * 2**20) for _ in range(times)]
        data = b"".join([*parts, packer.flush()])
        _page_pdf(data, extra=b"/Filter/FlateDecode")(path)

    return make


def _many_pages(count: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        make_pdf(path, [numbered([f"{n}."]) for n in range(1, count + 1)])

    return make


def _nested(depth: int) -> bytes:
    """A page tree of so many levels."""
    objects = [_CATALOG]
    for level in range(depth):
        objects.append(b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (level + 3))
    objects.append(b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (depth + 1))
    return raw_pdf(objects)


def _no_unicode(path: Path) -> None:
    """Glyphs named so that nobody knows their letters."""
    names = b" ".join(b"/g%d" % n for n in range(65, 123))
    glyphs = b"".join(b"/g%d 6 0 R" % n for n in range(65, 123))
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[0.001 0 0 0.001 0 0]"
        b"/FirstChar 65/LastChar 122/Widths[%s]/Encoding<</Differences[65 %s]>>/CharProcs<<%s>>>>"
        % (b"750 " * 58, names, glyphs)
    )
    _page_pdf(_WORDS, font=font, more=(_stream(b"750 0 0 0 750 750 d1 0 0 750 750 re f"),))(path)


def _to_private(path: Path) -> None:
    """A font whose map leads to private code points."""
    rows = b"".join(b"<%02X> <%04X>\n" % (n, 0xE000 + n) for n in range(33, 123))
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        b"1 begincodespacerange <00> <FF> endcodespacerange 90 beginbfchar\n%sendbfchar endcmap end end"
        % rows
    )
    font = _FONT.replace(b">>", b"/ToUnicode 6 0 R>>")
    _page_pdf(_WORDS, font=font, more=(_stream(cmap),))(path)


def _itself(path: Path) -> None:
    """A form that draws itself."""
    form = _stream(
        b"/X1 Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X1 6 0 R>>>>"
    )
    _page_pdf(_WORDS + b"/X1 Do", resources=b"/XObject<</X1 6 0 R>>", more=(form,))(path)


def _link(path: Path) -> None:
    target = path.parent / "elsewhere" / "linked-report.pdf"
    target.parent.mkdir(exist_ok=True)
    make_pdf(target, [numbered(["1.", "2.", "3."], start=140)])
    path.symlink_to(target)


def _locked(user: str) -> Callable[[Path], object]:
    return lambda path: make_pdf(path, [numbered(["1.", "2.", "3."])], password=user)


def _one_line(count: int) -> str:
    return "The council acts on what it hears from children " * (count // 48) + "."


_ENTITIES = "<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {b} '{('&' + a + ';') * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]><html><body><p>&i;</p></body></html>"  # fmt: skip
_OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"<w:p><w:r><w:t>1. The council acts. &x;</w:t></w:r></w:p></w:body></w:document>"
)
_GARBLED = "\u202e1. The council\u200b acts\u2066 on what it\u00ad hears\ufeff.\u202c\n\n2. It \u0007listens."

FAULTS: tuple[Fault, ...] = (
    Fault("web-page.pdf", _text("<!DOCTYPE html><html><body>Not found</body></html>"), ("not_a_report",)),
    Fault("xhtml.pdf", _text("<?xml version='1.0'?><html/>"), ("not_a_report",)),
    Fault("archive.pdf", _zip({"a.txt": b"x"}), ("not_a_report",)),
    Fault("word.pdf", _bytes(_word(["1. The council acts."])), ("not_a_report",)),
    Fault("program.pdf", _bytes(b"MZ\x90\x00" + bytes(500)), ("not_a_report",)),
    Fault("linux-program.pdf", _bytes(b"\x7fELF" + bytes(500)), ("not_a_report",)),
    Fault("picture.pdf", _bytes(b"\x89PNG\r\n\x1a\n" + bytes(500)), ("not_a_report",)),
    Fault("photo.pdf", _bytes(b"\xff\xd8\xff\xe0" + bytes(500)), ("not_a_report",)),
    Fault("packed.pdf", _bytes(gzip.compress(b"x" * 5000)), ("not_a_report",)),
    Fault("data.pdf", _text(json.dumps({"a": 1})), ("not_a_report",)),
    Fault("plain.pdf", _text(PARAGRAPHS), ("not_a_report",)),
    Fault("rich-text.pdf", _text(r"{\rtf1 The council acts.}"), ("not_a_report",)),
    Fault("old-word.pdf", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)), ("not_a_report",)),
    Fault("empty.pdf", _bytes(b""), ("empty",)),
    Fault("blanks.pdf", _bytes(b" \n" * 500), ("not_a_report",)),
    Fault("head-only.pdf", _bytes(b"%PDF-1.7"), ("damaged",)),
    Fault("head-and-noise.pdf", _bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40), ("damaged",)),
    Fault("cut-at-10.pdf", _cut(0.10), ("damaged", "no_text")),
    Fault("cut-at-50.pdf", _cut(0.50), ("damaged", "no_text", READ)),
    Fault("cut-at-90.pdf", _cut(0.90), ("damaged", "no_text", READ)),
    Fault("last-byte-gone.pdf", lambda path: path.write_bytes(_sample()[:-1]), (READ,)),
    Fault("no-xref.pdf", _without_xref, (READ, "damaged")),
    Fault("flipped-bytes.pdf", _flipped, ("damaged", "no_text", READ)),
    Fault("locked.pdf", _locked("secret"), ("encrypted",)),
    Fault("owner-locked.pdf", _locked(""), (READ,)),
    Fault("five-hundred-pages.pdf", _many_pages(500), (READ,)),
    Fault("too-many-pages.pdf", _many_pages(1600), ("too_large",)),
    Fault("scan.pdf", scan, ("no_text",)),
    Fault("glyphs-without-letters.pdf", _no_unicode, ("no_text", READ)),
    Fault("private-letters.pdf", _to_private, ("no_text",)),
    Fault("bomb-200.pdf", _bomb(200), ("no_text", "reader_stopped", "damaged")),
    Fault("bomb-3000.pdf", _bomb(3000), ("no_text", "reader_stopped", "damaged")),
    Fault(
        "circular-pages.pdf",
        _bytes(raw_pdf([_CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"])),
        ("damaged", "no_text"),
    ),
    Fault(
        "claims-a-million-pages.pdf",
        _bytes(raw_pdf([_CATALOG, b"<</Type/Pages/Kids[]/Count 1000000>>"])),
        ("damaged", "too_large", "no_text"),
    ),
    Fault("deep-pages.pdf", _bytes(_nested(5000)), ("damaged", "no_text")),
    Fault("huge-page.pdf", _page_pdf(_WORDS, box=b"0 0 9000000 9000000"), (READ,)),
    Fault("no-size-page.pdf", _page_pdf(_WORDS, box=b"0 0 0 0"), (READ, "damaged", "no_text")),
    Fault("upside-down-page.pdf", _page_pdf(_WORDS, box=b"595 842 0 0"), (READ, "damaged")),
    Fault("draws-itself.pdf", _itself, (READ, "damaged")),
    Fault("control-characters.pdf", _page_pdf(_WORDS.replace(b"acts", b"a\\001c\\002ts")), (READ,)),
    Fault(
        "long-line.pdf",
        _page_pdf(b"BT /F1 12 Tf 72 700 Td (1. %s) Tj ET" % (b"The council acts. " * 20000)),
        (READ,),
    ),
    Fault("no-catalog.pdf", _bytes(raw_pdf([b"<</Type/Nothing>>"])), ("damaged",)),
    Fault("empty.txt", _bytes(b""), ("empty",)),
    Fault("blanks.txt", _text(" \n\t\n" * 50), ("empty",)),
    Fault("mark-only.txt", _bytes(b"\xef\xbb\xbf"), ("empty",)),
    Fault("binary.txt", _bytes(bytes(range(256)) * 20), ("not_a_report",)),
    Fault("utf-16.txt", lambda path: path.write_text(PARAGRAPHS + "\n16", encoding="utf-16"), (READ,)),
    Fault("windows.txt", _bytes(PARAGRAPHS.encode() + b"\n\n9. The council\x92s plan \x96 so far."), (READ,)),
    Fault("garbled.txt", _text(_GARBLED), (READ,)),
    Fault("ten-megabyte-line.txt", _text(_one_line(10_000_000)), (READ, "reader_stopped", "too_large")),
    Fault("one-word.txt", _text("x" * 2_000_000), (READ, "reader_stopped", "too_large")),
    Fault("empty.md", _bytes(b""), ("empty",)),
    Fault("links.md", _text(f"# A\n\n![x](http://127.0.0.1:9/x.png)\n\n[y](javascript:z)\n\n{PARAGRAPHS}"), (READ,)),
    Fault("empty.html", _bytes(b""), ("empty",)),
    Fault("script-only.html", _text("<html><script>write('x')</script></html>"), ("empty",)),
    Fault("no-markup.html", _text("just words"), ("not_a_report",)),
    Fault("entities.html", _text(_ENTITIES), (READ, "empty")),
    Fault("deep.html", _text("<div>" * 50_000 + "1. The council acts." + "</div>" * 50_000), (READ, "empty", "reader_stopped")),
    Fault("fetches.html", _text(f"<meta http-equiv=refresh content='0;http://127.0.0.1:9'><img src='http://127.0.0.1:9/a'><p>{PARAGRAPHS}"), (READ,)),
    Fault("ten-megabytes.html", _text(f"<p>{_one_line(10_000_000)}</p>"), (READ, "reader_stopped", "too_large")),
    Fault("archive.docx", _zip({"a.txt": b"x"}), ("not_a_report",)),
    Fault("text.docx", _text("words"), ("not_a_report",)),
    Fault("old-or-locked.docx", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)), ("encrypted",)),
    Fault("cut.docx", _bytes(_word(["1. The council acts."])[:9000]), ("damaged",)),
    Fault("no-text.docx", _bytes(_word([])), ("empty",)),
    Fault("broken-xml.docx", _word_with({"word/document.xml": b"<w:document"}), ("damaged",)),
    Fault("outside-entity.docx", _word_with({"word/document.xml": _OUTSIDE}), (READ, "damaged", "empty")),
    Fault("bomb.docx", _word_with({"word/media/a.bin": b"\0" * 320 * 2**20}), ("too_large",)),
    Fault("report.xyz", _text("words"), ("unsupported",)),
    Fault("report.doc", _bytes(b"\xd0\xcf\x11\xe0" + bytes(50)), ("unsupported",)),
    Fault("report", _text("words"), ("unsupported",)),
    Fault("emoji-\U0001f4c4-report.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=130)]), (READ,)),
    Fault("n" * 240 + ".pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=131)]), (READ,)),
    Fault("new\nline.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=132)]), (READ,)),
    Fault("'; DROP TABLE reports; --.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=133)]), (READ,)),
    Fault("-rf.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=134)]), (READ,)),
    Fault("twin-a.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=135)]), (READ,)),
    Fault("twin-b.pdf", lambda path: make_pdf(path, [numbered(["1.", "2."], start=135)]), ("duplicate", READ)),
    Fault("link.pdf", _link, (READ,)),
    Fault("link-to-nothing.pdf", lambda path: path.symlink_to("/nowhere/at/all.pdf"), ("cannot_open",)),
    Fault("link-to-itself.pdf", lambda path: path.symlink_to(path), ("cannot_open",)),
    Fault("pipe.pdf", lambda path: os.mkfifo(path), ("cannot_open",)),
)  # fmt: skip


def make_all(folder: Path) -> dict[Path, Fault]:
    """Make every file in ``folder``."""
    made = {}
    for fault in FAULTS:
        path = folder / fault.name
        fault.make(path)
        made[path] = fault
    return made


_ALONE = """
import sys
from pathlib import Path
from index import workers
workers._limit_memory(int(sys.argv[2]))
workers._read_one(Path(sys.argv[1]), None)
"""


def megabytes_to_read(path: Path, limit: int) -> float:
    """The most memory that a process of its own takes to read a file, under the limits that the
    readers have, however that ends. Looked at from outside while it runs: what the system says of
    the children of this process counts in what this one held when they were made."""
    reader = subprocess.Popen(
        [sys.executable, "-c", _ALONE, str(path), str(limit)], stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + SECONDS
    kilobytes = 0
    while reader.poll() is None and time.monotonic() < until:
        told = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{reader.pid}/status").read_text())
        kilobytes = max(kilobytes, int(told.group(1)) if told else 0)
        time.sleep(0.02)
    reader.kill()
    reader.wait()
    return kilobytes / 1024


def main() -> None:
    """Read each alone and print the table."""
    from index.build import Index
    from index.settings import IndexSettings

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "files"
        folder.mkdir()
        index = Index(
            IndexSettings(folder=Path(name) / "index", workers=1, seconds_per_file=SECONDS)
        )
        index.encoder.encode(["ready"])
        wrong = 0
        most = 0.0
        print(f"{'file':42} {'what happened':18} {'s':>6} {'MB':>5}  message")
        for path, fault in make_all(folder).items():
            began = time.perf_counter()
            summary = index.add_files([path])
            spent = time.perf_counter() - began
            kind = summary.not_read[0].kind if summary.not_read else READ
            told = summary.not_read[0].reason if summary.not_read else ""
            good = kind in fault.expected and spent < SECONDS + 5
            wrong += not good
            regular = path.is_file() and not path.is_symlink()
            held = megabytes_to_read(path, index.settings.megabytes_per_file) if regular else 0.0
            most = max(most, held)
            mark = "" if good else f"  EXPECTED {fault.expected}"
            print(
                f"{path.name[:42]!a:42} {kind:18} {spent:6.1f} {held:5.0f}  {told[:110]!a}{mark}",
                flush=True,
            )
        print(f"{len(FAULTS)} files, {wrong} not as expected; largest reader {most:.0f} MB")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
