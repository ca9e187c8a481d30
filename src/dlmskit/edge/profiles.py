"""Which device profile a `profile` option means: a shipped one or a file of the user's, and which of its roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.registry import Registry
from dlmskit.cosem.relocation import relocated
from dlmskit.errors import UsageError
from dlmskit.quirks import shipped
from dlmskit.quirks.profile import DeviceProfile, Role, parse_profile
from dlmskit.quirks.registry import Quirk, quirk, registry_of, tolerances_of
from dlmskit.tolerances import Tolerances

_ENDING, _LARGEST_FILE = ".toml", 1 << 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """A device profile and the one of its associations that is meant."""

    profile: DeviceProfile
    role: Role

    @property
    def options(self) -> Mapping[str, object]:
        """Members of a URL, the role's over the profile's."""
        return {**self.profile.options, **self.role.options}

    @property
    def quirks(self) -> Sequence[Quirk]:
        return [quirk(name) for name in self.profile.quirks]

    @property
    def tolerances(self) -> Tolerances:
        return tolerances_of(self.quirks)

    @property
    def registry(self) -> Registry | None:
        """The maker's classes over the standard's, with its short names; None where it has nothing of its own."""
        classes, elsewhere = registry_of(self.quirks), self.profile.short_names
        return relocated(classes or CosemObject.registry, elsewhere) if elsewhere else classes


def choose(text: str, *, client: int | None = None) -> Chosen:
    """What `NAME`, `NAME/ROLE`, `FILE.toml` or `FILE.toml/ROLE` means.

    client  without a role, that of this client address is taken where there is one
    Raises UsageError.
    """
    name, role = _parted(text)
    profile = load(name)
    return Chosen(profile, profile.role(role, client=client))


def load(name: str) -> DeviceProfile:
    """The shipped profile of that name, or the one in a file `….toml`. Raises UsageError."""
    return _from_file(name) if name.endswith(_ENDING) else shipped.profile(name)


def _parted(text: str) -> tuple[str, str | None]:
    if text.endswith(_ENDING):
        return text, None
    name, slash, role = text.rpartition("/")
    return (name, role) if slash else (role, None)


def _from_file(path: str) -> DeviceProfile:
    """The profile in a file; those it extends are shipped ones, or files named from where it lies."""
    folder = Path(path).parent

    def found(name: str) -> str:
        return _text(folder / name) if name.endswith(_ENDING) else shipped.text(name)

    return parse_profile(path, _text(Path(path)), found)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            octets = file.read(_LARGEST_FILE + 1)
        if len(octets) > _LARGEST_FILE:
            raise UsageError(f"{path} is too large for a device profile")
        return octets.decode()
    except OSError as error:
        raise UsageError(f"device profile {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"device profile {path} is not UTF-8 text") from None
