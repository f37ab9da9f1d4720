"""`radharmony reliability`: the reliability statistics of any tool's feature table."""

import click

from experiments.analyses.reliability.settings import FacetSettings, ReliabilityFiles, ReliabilitySettings
from experiments.cli.command import command, settings_options, told
from experiments.cli.options import quiet_option


@command()
@click.argument("tables", metavar="[NAME=]TABLE...", nargs=-1, required=True)
@settings_options(files=ReliabilityFiles, settings=ReliabilitySettings, facets=FacetSettings)
@quiet_option
def reliability(
    tables: tuple[str, ...], files: ReliabilityFiles, settings: ReliabilitySettings, facets: FacetSettings, quiet: bool
) -> None:
    """Compute ICC, CCC, CV and QCD of every feature in TABLE.

    TABLE is the output of any tool: CSV (',', ';' or tab between columns, .gz too) or Parquet, a row for each
    subject, condition and ROI. Several tables are several strategies, named by NAME or the file. Which column is
    what is guessed from the names and shown, unless an option says it.

    With --facet: what varies between subjects, readers, scanners, acquisitions, and in their interactions.
    """
    from evaluation.reliability.contrasts import absent_values
    from experiments.analyses.reliability import display
    from experiments.analyses.reliability.files import write_reliability
    from experiments.analyses.reliability.run import ReliabilityInput, paths_of
    from experiments.analyses.shared.table_files import is_table
    from experiments.cli.progress import progress_bars

    if facets.facets:
        return _generalizability(tables, files, settings, facets, quiet)
    given = ReliabilityInput.of(paths_of(tables), settings)
    read = given.read
    if not quiet:
        display.show_roles(read)
        display.show_reference(given.reference, given.reference_from)
        display.show_empty(given.empty, len(read.features))
        display.show_absent(absent_values(read.table, read.features), len(read.features))
    with progress_bars(quiet) as bars:
        found = given.run(not is_table(files.out), bars)
    write_reliability(files.out, found)
    if quiet:
        return
    display.show_summary(found.computed, found.analysis, found.inference, "" if is_table(files.out) else files.out)
    if found.inference is not None:
        display.show_comparison(found.inference, found.analysis, given.harmonized, files.out)
        display.show_signatures(found.signatures)
    elif not settings.no_inference:
        click.echo(told(f"intervals of these shares are computed with a folder: `out={files.out.with_suffix('')}`"))
    click.echo(str(files.out))
    display.show_few(found.computed)


def _generalizability(
    tables: tuple[str, ...], files: ReliabilityFiles, settings: ReliabilitySettings, facets: FacetSettings, quiet: bool
) -> None:
    from experiments.analyses.reliability import display
    from experiments.analyses.reliability.facets import run_generalizability
    from experiments.analyses.reliability.files import facets_folder, write_generalizability
    from experiments.analyses.reliability.run import paths_of
    from experiments.report.alone import write_facets_page

    folder = facets_folder(files.out)
    found = run_generalizability(paths_of(tables), facets, settings)
    write_generalizability(files.out, found)
    page = write_facets_page(folder)
    if not quiet:
        display.show_roles(found.read)
        display.show_empty(found.empty, len(found.read.features))
        display.show_facets(found, files.out)
        click.echo(str(page))
