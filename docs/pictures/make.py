"""Make the pictures of the documentation from simulated studies: `python docs/pictures/make.py WORK` (needs Chromium).

Nobody was scanned for them. What is in the folder WORK already is not computed again. Each picture is a part of a page
that users get, photographed, cut to what is drawn, and reduced to 64 colours.
"""

import copy
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from PIL import Image, ImageChops

HERE = Path(__file__).parent
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECTIONS = {  # by picture: whose report, the heading's id, and what of the section is left out
    "found": ("demo", "found", "details"),
    "map": ("demo", "where", "section > details"),
    "strategies": ("demo", "strategies", "details"),
    "whitelists": ("demo", "whitelists", "details"),
    "slices": ("demo", "pictures", "details:not(:last-of-type)"),
    "diagnosis": ("patients", "diagnosis", "details, table"),
    "tradeoff": ("patients", "tradeoff", "details, table"),
    "transfer": ("patients", "transfer", "details, table"),
    "facets": ("facets", "facets", "details"),
    "harmonization": ("harmonized", "harmonization", "details"),
    "checklists": ("demo", "checklists", "tbody tr:nth-child(-n+23)"),
    "perturbations": ("perturbed", "perturbations", "details"),
    "worth": ("perturbed", "worth", "details"),
    "carried": ("perturbed", "carried", "table, details:not(:last-of-type), figure:not(:nth-of-type(2))"),
    "resemblance": ("resembling", "resemblance", "details"),
}
HIDDEN = "main > section:not([aria-labelledby={0}]), header, nav, footer, {1} {{ display: none !important }}"
OPENED = (
    "document.querySelectorAll('[aria-labelledby=pictures] details:last-of-type, "
    "[aria-labelledby=carried] details:last-of-type, "
    "[aria-labelledby=checklists] details:last-of-type').forEach(one => { one.open = true })"
)
SIZES = {"slices": (1080, 860), "checklists": (1000, 640)}
"""Of windows that show less: one subject, the first items that a run answers."""
ASSISTANT = 440
"""Pixels to the right of MLflow's page that its assistant takes."""
COLOURS = 64


def command(*arguments: str | Path) -> None:
    """Run radharmony; a run with a registration that was refused ends with 3."""
    done = subprocess.run([sys.executable, "-m", "radharmony", *map(str, arguments)], check=False)  # noqa: S603 (ours)
    if done.returncode not in (0, 3):
        raise SystemExit(done.returncode)


def studies(work: Path) -> None:
    """Run the demo, its facets, and a study of patients, harmonized too, whose trade-off it adds."""
    if not (work / "demo" / "report.html").exists():
        command("demo", "--out", work / "demo")
    if not (work / "maps").exists():
        wish = ("--strategy", "zscore", "--subject", "sub-01", "--feature", "original_firstorder_Entropy")
        command("maps", work / "demo" / "study" / "study.yaml", *wish, "--out", work / "maps")
    if not (work / "facets" / "report.html").exists():
        both = ("--facet", "acquisition", "--facet", "reconstruction")
        command("reliability", work / "demo" / "features.parquet", *both, "--out", work / "facets")
    if not (work / "sizes").exists():
        command("sample-size", "--icc", ".8", "--width", ".2", "--conditions", "2", "--out", work / "sizes")
    study, run = work / "study", work / "patients"
    if not (run / "tradeoff").exists():
        if not study.exists():
            command("simulate", study, "--subjects", "24", "--patients", "12", "--sequences", "HASTE", "--rois", "1")
        command("run", study / "study.yaml", "--out", run, "--no-tracking")
        common = (run / "features.parquet", "--target", "diagnosis", "--where", "strategy=zscore", "--run", run)
        command("diagnose", *common, "--repeats", "3")
        command("transfer", *common, "--train", "REF+STD", "--test", "ACC+DLR", "--repeats", "3")
        command("tradeoff", *common, "--condition", "condition", "--reference", "REF+STD")
    if not (work / "harmonized" / "report.html").exists():
        content = yaml.safe_load((study / "study.yaml").read_text(encoding="utf-8"))
        zscore = content["strategies"]["zscore"]
        combat = copy.deepcopy(zscore) | {"harmonizer": {"combat": {"reference": "REF+STD"}}}
        content["strategies"] = {"zscore": zscore, "combat": combat}
        file = study / "harmonized.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        command("run", file, "--out", work / "harmonized", "--no-tracking")


def few_people(work: Path) -> None:
    """Perturb a small study whose ROIs are carried, take its features as patients', and look at its ROIs before."""
    few = work / "few"
    if (work / "rois").exists():
        return
    command("simulate", few, "--subjects", "8", "--sequences", "HASTE", "--rois", "4")
    content = yaml.safe_load((few / "study.yaml").read_text(encoding="utf-8"))
    strategies, extraction = content.pop("strategies"), content.pop("extraction")
    (few / "patients.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    content |= {"strategies": {"zscore": strategies["zscore"]}, "extraction": extraction, "images": "carried.csv"}
    content["registration"] = {"from": "reference", "dimension": 2}
    (few / "carried.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    lines = (few / "images.csv").read_text(encoding="utf-8").splitlines()
    drawn = [line if i == 0 or ",REF,STD," in line else line.rpartition(",")[0] + "," for i, line in enumerate(lines)]
    (few / "carried.csv").write_text("\n".join(drawn), encoding="utf-8")
    chains = ("--perturb", "noise", "--perturb", "rotation+translation")
    command("run", few / "carried.yaml", *chains, "--out", work / "perturbed", "--no-tracking")
    like = ("--like", work / "demo", "--strategy", "zscore")
    command("extract", few / "patients.yaml", *like, "--out", work / "resembling", "--no-tracking")
    command("check", few / "study.yaml", "--pictures", work / "rois")


def photograph(address: str, picture: Path, size: tuple[int, int], right: int = 0) -> None:
    """Take a picture of a page, cut to what is drawn on it."""
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "shot.png"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        options += ["--hide-scrollbars", "--virtual-time-budget=15000", f"--user-data-dir={place}/profile"]
        options += [f"--window-size={size[0]},{size[1]}", f"--screenshot={shot}"]
        subprocess.run([str(BROWSER), *options, address], check=True, capture_output=True, timeout=120)  # noqa: S603
        image = Image.open(shot).convert("RGB").crop((0, 0, size[0] - right, size[1]))
    empty = Image.new("RGB", image.size, image.getpixel((image.width - 1, image.height - 1)))
    drawn = ImageChops.difference(image, empty).getbbox() or (0, 0, *image.size)
    edges = (
        max(drawn[0] - 8, 0),
        max(drawn[1] - 8, 0),
        min(drawn[2] + 8, image.width),
        min(drawn[3] + 8, image.height),
    )
    image.crop(edges).quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(f"{picture.name}: {picture.stat().st_size // 1024} kB")


def of_report(work: Path, name: str) -> None:
    """Take a picture of one section of a report."""
    run, heading, more = SECTIONS[name]
    page = (work / run / "report.html").read_text(encoding="utf-8")
    within = ", ".join(f"[aria-labelledby={heading}] {one}" for one in more.split(", "))
    style = f"<style>{HIDDEN.format(heading, within)}</style></head>"
    file = work / f"{name}.html"
    script = f"<script>{OPENED}</script></body>"
    file.write_text(page.replace("</head>", style, 1).replace("</body>", script, 1), encoding="utf-8")
    photograph(file.resolve().as_uri(), HERE / f"{name}.png", SIZES.get(name, (1000, 1600)))


def of_plan(work: Path) -> None:
    """Take the picture that `sample-size` leaves."""
    page = work / "plan.html"
    page.write_text('<body style="margin: 8px"><img width="900" src="sizes/sample_size.svg"></body>', encoding="utf-8")
    photograph(page.resolve().as_uri(), HERE / "planning.png", (1000, 1000))


def of_maps(work: Path) -> None:
    """Take the picture that `maps` leaves of the liver."""
    page, picture = work / "voxels.html", "maps/pictures/sub-01_HASTE_between_liver_original_firstorder_Entropy.svg"
    page.write_text(f'<body style="margin: 8px"><img width="1200" src="{picture}"></body>', encoding="utf-8")
    photograph(page.resolve().as_uri(), HERE / "voxels.png", (1220, 500))


def of_rois(work: Path) -> None:
    """Take a picture of the page of ROIs before anything is computed: one subject."""
    photograph((work / "rois" / "rois.html").resolve().as_uri(), HERE / "rois.png", (1100, 700))


def of_mlflow(work: Path) -> None:
    """Take a picture of MLflow's table of runs."""
    arguments = [sys.executable, "-m", "radharmony", "ui", str(work / "demo"), "--no-browser"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not re.match("http://127", address):
                raise SystemExit("radharmony ui gave no address")
            photograph(address, HERE / "mlflow.png", (1900, 520), ASSISTANT)
        finally:
            process.terminate()


def main() -> None:
    """Make all of them."""
    if len(sys.argv) != 2 or BROWSER is None:
        raise SystemExit("give a folder to work in; Chromium must be installed")
    work = Path(sys.argv[1])
    studies(work)
    few_people(work)
    for name in SECTIONS:
        of_report(work, name)
    of_plan(work)
    of_maps(work)
    of_rois(work)
    of_mlflow(work)


if __name__ == "__main__":
    main()
