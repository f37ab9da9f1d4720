"""The command line: each command a module or folder of its name, what they have in common in options and shared."""

import errno
import importlib
import keyword
import signal
import sys
import unicodedata

import click

from experiments.analyses import ANALYSES
from experiments.cli.exit_codes import BAD_INPUT, ENDED_OUTSIDE, INTERRUPTED

_STUDIES = {
    "demo": "A simulated study from scans to report.",
    "init": "A study file to start from, for one of the usual kinds of study.",
    "simulate": "Write a simulated study, or make a four-armed one from real images.",
    "import": "Make a study's table of images from DICOM files or a BIDS dataset.",
    "check": "Audit a study before anything is computed.",
    "plan": "Show what a run would do, what is finished, and how long the rest takes.",
    "run": "Run every strategy of a study, from scans to report.",
    "extract": "Features of any scans, such as patients', measured as those of a study.",
    "bids": "A BIDS dataset to features or their reliability, called as a BIDS App.",
    "dicom-sr": "The robust features of DICOM scans as DICOM Structured Reports.",
    "preprocess": "Write the images of a strategy, for other tools and for looking.",
    "maps": "Maps of features in an ROI, voxel by voxel, and how they change between conditions.",
    "report": "Write the HTML report of a finished run again.",
    "workbook": "The tables of a run or an analysis as an Excel workbook.",
    "ui": "Show the tracked runs of a folder in the browser, by MLflow.",
    "compare": "What differs between two finished runs.",
    "steps": "Steps, statistics, harmonizers and the like, ours and those of installed packages.",
    "cache": "What finished results take up, and how to remove those that nobody needs.",
}
"""Commands with the line that `--help` shows; each lives in a module of its name, see `module_of`."""
_LAST = {"validate-ibsi": "Compare the features with IBSI's consensus values."}


def commands() -> dict[str, str]:
    """Give every command with the line that `--help` shows, in the order of a user's way through them."""
    return {**_STUDIES, **{one.typed: one.about for one in ANALYSES.values()}, **_LAST}


NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def module_of(command: str) -> str:
    """Give the name that module and function of a command share: _ for -, and one after a word of Python's own.

    Examples
    --------
    >>> module_of("validate-ibsi"), module_of("import")
    ('validate_ibsi', 'import_')
    """
    name = command.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of signs that steer a terminal or the direction of what follows, rather than being seen."""


class Commands(click.Group):
    """The group of commands; imports a command only when it is called, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of a user's way through them."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in commands():
            return None
        name = module_of(cmd_name)
        if name in ANALYSES:
            command: click.Command = ANALYSES[name].command()
        else:
            command = getattr(importlib.import_module(f"experiments.cli.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command if there is none of this name."""
        from harmonize.inputs.configuration import suggest

        if args and args[0] not in commands() and not args[0].startswith("-"):
            ctx.fail(f"there is no command '{args[0]}'; {suggest(args[0], commands())}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands().items()))


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Say which version this is, and what may compute features."""
    if asked and not ctx.resilient_parsing:
        from experiments.versions import installed_versions  # only here: help need not wait for it

        found = installed_versions(["radharmony", "pyradiomics-bhklab"])
        click.echo(f"radharmony {found['radharmony']}")
        other = found.get("pyradiomics-bhklab")
        click.echo(
            f"features: engine radharmony; engine pyradiomics, too (PyRadiomics {other})"
            if other
            else "features: engine radharmony; PyRadiomics is not installed (radharmony[pyradiomics], by a C compiler)"
        )
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def radharmony() -> None:
    """Which MRI radiomics features survive a change of acquisition or reconstruction.

    Exit codes: 0 all done; 1 `check` or `validate-ibsi` found errors, `compare` differences; 2 a bad study or bad
    options; 3 done, but some scans failed (see failures.csv); 4 done, but MLflow could not record it;
    5 ended from outside (the disk is full, the Dask scheduler is gone, ...): run the same command again once that is
    mended; 130 interrupted.
    """


def visible(text: str) -> str:
    r"""Give a text in which control characters are spelled out, so that none of them acts on the terminal.

    Examples
    --------
    >>> print(visible("unknown key '\x1b[2J'\nsecond line"))
    unknown key '\x1b[2J'
    second line
    """
    return "".join(
        sign if sign in "\n\t" or unicodedata.category(sign) not in HIDDEN else ascii(sign)[1:-1] for sign in text
    )


def main() -> None:
    """Run the command line; errors made for people are printed without a traceback."""
    from experiments.cli.streams import steady_streams, told_once
    from harmonize.entries import AddedWarning
    from harmonize.errors import OutsideError, RadharmonyError

    steady_streams()
    signal.signal(signal.SIGTERM, _interrupt)  # a polite end: workers are stopped, as with Ctrl-C
    try:
        with told_once(AddedWarning):
            code = radharmony.main(standalone_mode=False)
    except click.Abort:
        click.echo("interrupted; finished work is kept, run the same command again", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except RadharmonyError as error:
        click.echo(f"radharmony: {visible(str(error))}", err=True)
        code = ENDED_OUTSIDE if isinstance(error, OutsideError) else BAD_INPUT
    except OSError as error:
        if error.errno in NO_SPACE:
            click.echo(f"radharmony: no room left ({error}); finished work is kept: ", err=True, nl=False)
            click.echo("make room, or raise the quota, and run the same command again", err=True)
            code = ENDED_OUTSIDE
        else:
            click.echo(f"radharmony: {error}; check the path, the free space and the rights of the folder", err=True)
            code = BAD_INPUT
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
