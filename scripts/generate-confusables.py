"""
Writes protocol/src/confusables.ts: the prototypes of characters that look alike (UTS #39), as ICU has them.

    python3 scripts/generate-confusables.py        # needs libicu (Debian: libicu72)

Only characters that NFKC leaves as they are: names are brought into that form first.
"""

import ctypes
import ctypes.util
import pathlib
import re
import unicodedata

LIBRARY = ctypes.util.find_library("icui18n")
VERSION = re.search(r"so\.(\d+)", LIBRARY).group(1)
icu = ctypes.CDLL(LIBRARY)


def function(name, restype=ctypes.c_int32):
    found = getattr(icu, f"{name}_{VERSION}")
    found.restype = restype
    return found


error = ctypes.c_int(0)
spoof = ctypes.c_void_p(function("uspoof_open", ctypes.c_void_p)(ctypes.byref(error)))
assert error.value <= 0, error.value
skeleton_utf8 = function("uspoof_getSkeletonUTF8")


def skeleton(text):
    data = text.encode()
    out = ctypes.create_string_buffer(1_024)
    status = ctypes.c_int(0)
    length = skeleton_utf8(spoof, 0, data, len(data), out, 1_024, ctypes.byref(status))
    assert status.value <= 0, (text, status.value)
    return out.raw[:length].decode()


prototypes = {}
for code in range(0x20, 0x110000):
    char = chr(code)
    if unicodedata.category(char)[0] in "CZ" or unicodedata.normalize("NFKC", char) != char:
        continue
    if unicodedata.normalize("NFD", char) != char:
        continue
    prototype = skeleton(char)
    if prototype != char:
        prototypes.setdefault(prototype, []).append(code)

entries = [
    "-".join(f"{ord(each):x}" for each in prototype) + ":" + ",".join(f"{code:x}" for code in codes)
    for prototype, codes in sorted(prototypes.items())
]
lines = [""]
for entry in entries:
    if lines[-1] and len(lines[-1]) + len(entry) > 106:
        lines.append("")
    lines[-1] += (" " if lines[-1] else "") + entry
unicode_version = (ctypes.c_uint8 * 4)()
function("u_getUnicodeVersion", None)(unicode_version)
version = ".".join(str(part) for part in unicode_version[:2])
count = sum(len(codes) for codes in prototypes.values())
target = pathlib.Path(__file__).parent.parent / "protocol/src/confusables.ts"
target.write_text(
    "/**\n"
    " * Characters that look alike (UTS #39), written by scripts/generate-confusables.py. Do not edit. Each entry is a\n"
    " * prototype and the characters that it stands for, as code points in hexadecimal.\n"
    " *\n"
    f" * {count} characters of Unicode {version}. Data files copyright Unicode, Inc., used under the Unicode License\n"
    " * (https://www.unicode.org/license.txt).\n"
    " */\n"
    "export const CONFUSABLES = `\n" + "\n".join(lines) + "\n`;\n"
)
print(count, len(lines), target.stat().st_size)
