"""Writes scdoc, the text format that manual pages are made from (scdoc(5))."""

from __future__ import annotations

import re
import textwrap

SPECIAL = re.compile(r"([\\*_`])")
WORD = re.compile(r"""(?:[^\s"']|"(?:\\.|[^"])*"|'[^']*')+""")
FOLD_WIDTH = 66
NAME = re.compile(r"\w*_|[a-z]+[A-Z]")  # cihsm_client, inUse
AT_START = re.compile(r"^([#\-|\[\]:.;!<])")


def escape(text: str) -> str:
    """A text that scdoc takes as it is, wherever it stands in a line."""
    return SPECIAL.sub(r"\\\1", text).replace("++", "+\\+").replace("~", "\\~")


def bold(text: str) -> str:
    """Words that are typed as they are."""
    return f"*{escape(text)}*"


def italic(text: str) -> str:
    """A word that stands for another."""
    return f"_{escape(text)}_"


def line_start(text: str) -> str:
    """Marked-up text at the beginning of a line: nothing of it makes a list or a heading."""
    return AT_START.sub(r"\\\1", text)


class Page:
    """A page that grows from its top."""

    def __init__(self, name: str, section: str, version: str) -> None:
        self.name = name
        self.section = section
        self.parts = [f'{name}({section}) "cihsm {version}" "cihsm manual"']

    def heading(self, text: str, level: int = 1) -> None:
        """A section, or with 2 one below a section."""
        self.parts.append(f"{'#' * level} {text}")

    def text(self, marked: str) -> None:
        """A paragraph, marked up already."""
        self.parts.append("\n".join(line_start(line) for line in marked.splitlines()))

    def block(self, marked: str) -> None:
        """Parts that were written as scdoc by a person."""
        self.parts.append(marked.strip("\n"))

    def lines(self, marked: list[str]) -> None:
        """Lines that are not joined."""
        self.parts.append("++\n".join(line_start(line) for line in marked))

    def define(self, term: str, *paragraphs: str) -> None:
        """A term, and what it is, below it."""
        below = "\n\n".join("\t" + line_start(" ".join(text.split())) for text in paragraphs if text)
        self.parts.append(f"{line_start(term)}\n{below}" if below else line_start(term))

    def literal(self, text: str) -> None:
        """Lines as they are."""
        body = text.strip("\n").replace("\\", "\\\\")
        self.parts.append(f"```\n{body}\n```")

    def source(self) -> str:
        """The whole page."""
        return "\n\n".join(self.parts) + "\n"


def sentence(text: str) -> str:
    """With a capital at the beginning, unless a name stands there, and a full stop at the end."""
    is_name = NAME.match(text)
    text = text if is_name else text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", ":")) else text + "."


def units(command: str) -> list[str]:
    """The words of a command line, an option and its value as one."""
    found: list[str] = []
    for word in WORD.findall(command):
        if found and found[-1].startswith("--") and " " not in found[-1] \
                and "=" not in found[-1] and not word.startswith("-"):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def fold(command: str) -> str:
    """A command line in lines that fit a page, as a shell takes them: its own ones, if they fit; not
    within quotes, and not between an option and its value."""
    if max(map(len, command.splitlines())) <= FOLD_WIDTH:
        return command
    lines, line = [], ""
    for unit in units(command.replace("\\\n", " ")):
        if line and len(line) + 1 + len(unit) > FOLD_WIDTH:
            lines.append(line)
            line = f"    {unit}"
        else:
            line = f"{line} {unit}" if line else unit
    return " \\\n".join([*lines, line])


def fold_comment(text: str) -> list[str]:
    """A comment of a script in lines that fit a page."""
    return textwrap.wrap(text, FOLD_WIDTH, subsequent_indent="# ")


def fold_script(script: str) -> str:
    """Each command line of a script folded; comments are folded as comments. One behind a command
    stands above it, if both do not fit a line: a backslash continues no comment."""
    folded = []
    for line in re.split(r"(?<!\\)\n", script):
        command, _, comment = line.partition("  # ")
        if line.startswith("#"):
            folded += fold_comment(line)
        elif comment and len(line) > FOLD_WIDTH:
            folded += [*fold_comment("# " + comment.strip()), fold(command.rstrip())]
        else:
            folded.append(fold(line) if line else "")
    return "\n".join(folded)
