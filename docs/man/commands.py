"""The pages of section 1: cihsm(1) and one for each noun, or verb of OData, of the command line.

Commands and options come from the tables of the program (`cihsm --help -o json`). What a person
wrote is in groups/NAME.scd: the line for NAME, then the description as scdoc.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scd import Page, bold, escape, fold, italic, sentence

Row = dict[str, Any]
QUOTED = re.compile(r'"(cihsm [^"]+)"')
PAGES = re.compile(r"\*(cihsm[\w-]*)\*\((\d)\)")
ALWAYS = [("cihsm", "1"), ("cihsm-config", "5"), ("cihsm-output", "5")]


def marked(text: str) -> str:
    """A text of the tables; command lines in quotes become bold."""
    found = QUOTED.split(text)
    return "".join(bold(part) if at % 2 else escape(part) for at, part in enumerate(found))


def placeholders(text: str) -> str:
    """[PATH] NAME..., with the words that stand for something in italics."""
    return "".join(italic(part) if part.isupper() else escape(part)
                   for part in re.split(r"([A-Z][A-Z_0-9]*)", text))


def option_term(option: Row) -> str:
    """-o, --output FORMAT"""
    letter = bold(f"-{option['letter']}") + ", " if "letter" in option else ""
    argument = " " + italic(option["argument"]) if "argument" in option else ""
    return letter + bold(f"--{option['name']}") + argument


def synopsis(command: Row) -> str:
    """The command with what follows it."""
    arguments = " " + placeholders(command["arguments"]) if "arguments" in command else ""
    options = " [" + italic("OPTION") + "]..." if command["options"] else ""
    return bold(f"cihsm {command['name']}") + arguments + options


def groups_of(commands: list[Row]) -> dict[str, list[Row]]:
    """The commands of each first word, in the order of the help."""
    found: dict[str, list[Row]] = {}
    for command in commands:
        found.setdefault(command["name"].partition(" ")[0], []).append(command)
    return found


def add_command(page: Page, command: Row, told: list[str]) -> None:
    """What one command does, with its options, and what the help says at its end, if not told."""
    page.heading(f"cihsm {command['name']}", 2)
    if "arguments" in command:
        page.lines([synopsis(command)])
    page.text(marked(sentence(command["summary"])))
    for option in command["options"]:
        page.define(option_term(option), marked(option["help"]))
    if command["changes_tenant"]:
        page.text("Changes the tenant: " + bold("--dry-run") +
                  " shows the request instead of sending it.")
    if command.get("note", "") not in ("", *told):
        page.text(marked(sentence(command["note"])))


def common_notes(commands: list[Row]) -> list[str]:
    """What the help of each of them says at its end."""
    notes = {command.get("note", "") for command in commands}
    return [note for note in notes if note and len(notes) == 1]


def add_examples(page: Page, commands: list[Row]) -> None:
    """The example of each command's help."""
    page.heading("EXAMPLES")
    for command in commands:
        page.define(marked(sentence(command["summary"])[:-1] + ":"))
        page.literal(fold(command["example"]))


def add_see_also(page: Page, body: str) -> None:
    """The pages that the text names, and those that are about every command."""
    named = [found for found in PAGES.findall(body) if found[0] != page.name]
    page.heading("SEE ALSO")
    page.text(", ".join(f"{bold(name)}({section})"
                        for name, section in dict.fromkeys(ALWAYS[:1] + named + ALWAYS[1:])))


def add_exit_status(page: Page) -> None:
    """Where all codes are told."""
    page.heading("EXIT STATUS")
    page.text("0 on success; 2 if the command line is wrong. All other codes are in "
              "*cihsm-output*(5).")


def group_text(folder: Path, name: str, commands: list[Row]) -> tuple[str, str]:
    """What a person wrote of a noun or verb: the line for NAME, the description."""
    path = folder / f"{name}.scd"  # a test wants it
    text = path.read_text(encoding="utf-8") if path.exists() else commands[0]["summary"]
    line, _, body = text.partition("\n")
    return line, body


def group_page(name: str, commands: list[Row], folder: Path, version: str) -> Page:
    """The page of one noun or verb."""
    line, body = group_text(folder, name, commands)
    page = Page(f"cihsm-{name}", "1", version)
    page.heading("NAME")
    page.text(f"cihsm-{name} - {escape(line)}")
    page.heading("SYNOPSIS")
    page.lines([synopsis(command) for command in commands])
    page.heading("DESCRIPTION")
    page.block(body)
    notes = common_notes(commands)
    for note in notes:
        page.text(marked(sentence(note)))
    page.heading("COMMANDS")
    for command in commands:
        add_command(page, command, notes)
    page.heading("OPTIONS")
    page.text("The options of every command are told in *cihsm*(1).")
    add_exit_status(page)
    add_examples(page, commands)
    add_see_also(page, body)
    return page


def list_of_pages(groups: dict[str, list[Row]], folder: Path) -> str:
    """Each noun with the page that tells of it, what it is for, and its verbs."""
    parts = []
    for name, commands in groups.items():
        verbs = list(dict.fromkeys(command["name"].split(" ")[1] for command in commands
                                   if " " in command["name"]))
        text = escape(sentence(group_text(folder, name, commands)[0]))
        below = [text, italic(", ".join(verbs))] if verbs else [text]
        parts.append(f"*cihsm-{escape(name)}*(1)\n" + "\n\n".join("\t" + line for line in below))
    return "\n\n".join(parts)


def list_of_options(options: list[Row]) -> str:
    """The options of every command."""
    return "\n\n".join(f"{option_term(option)}\n\t{marked(option['help'])}"
                       for option in options)


def command_pages(tables: Row, folder: Path) -> list[Page]:
    """All pages but cihsm(1), which a person wrote around two lists."""
    return [group_page(name, commands, folder / "groups", tables["version"])
            for name, commands in groups_of(tables["commands"]).items()]
