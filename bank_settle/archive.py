"""Files kept under the SHA-256 of what is in them: raw statements, snapshots, results, payment files. Nothing is ever replaced."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

_BLOCK = 1024 * 1024


class Archive:
    """A folder of files by digest. Safe for several processes: a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where a kept file lies."""
        return self.folder / sha256[:2] / sha256

    def keep(self, source: Path) -> str:
        """Copy a file in; its digest."""
        with self.writing() as (file, done):
            with source.open("rb") as content:
                shutil.copyfileobj(content, file, _BLOCK)
            return done()

    def keep_bytes(self, content: bytes) -> str:
        """Keep bytes; their digest."""
        with self.writing() as (file, done):
            file.write(content)
            return done()

    @contextmanager
    def writing(self) -> Iterator[tuple[BinaryIO, "_Done"]]:
        """A file under way and the call that keeps it and gives its digest. Without that call nothing stays."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix="under-way-")
        temporary = Path(name)
        with os.fdopen(handle, "w+b") as opened:
            file = cast(BinaryIO, opened)
            try:
                yield file, _Done(self, file, temporary)
            finally:
                temporary.unlink(missing_ok=True)


class _Done:
    """Puts a written file in its place."""

    def __init__(self, archive: Archive, file: BinaryIO, temporary: Path) -> None:
        self._archive, self._file, self._temporary = archive, file, temporary

    def __call__(self) -> str:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        whole = hashlib.sha256()
        while piece := self._file.read(_BLOCK):
            whole.update(piece)
        digest = whole.hexdigest()
        target = self._archive.path(digest)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            self._temporary.chmod(0o640)
            self._temporary.rename(target)
        return digest
