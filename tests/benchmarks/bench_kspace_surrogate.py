"""What perturbing a magnitude image says of a real acceleration: measured k-space of eight coils, undersampled.

The slice is reconstructed from all lines and from some of them, by zero-filling or by SENSE (iterative, with
sensitivities from the centre of k-space); the perturbation has only the magnitude of all lines. Compared is what
happens to the features of square ROIs of 24 x 24 voxels in the head: `python tests/benchmarks/bench_kspace_surrogate.py
FOLDER`, with the folder that holds kspace_brain_8ch and philips_dl_phantom.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import fft, ndimage
from scipy.stats import spearmanr

from evaluation.extraction.extract import extract
from evaluation.extraction.settings import ExtractionSettings
from evaluation.reliability.icc import icc
from harmonize.formats import read_image
from harmonize.image.noise import tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume
from harmonize.kspace.sampling import sampled_lines
from harmonize.perturbations import AddedNoise, Blurring, DenoisingSurrogate, ParallelImaging, Undersampling, perturb
from harmonize.steps.zscore import ZScore

EDGE = 24
DRAWS = 3
CENTRE = 0.12
COUNTED = ExtractionSettings({"binCount": 32, "force2D": True})
SETTINGS = ExtractionSettings({"binWidth": 5, "force2D": True})


def to_image(kspace):
    return fft.ifft2(kspace, norm="ortho", axes=(-2, -1))


def to_kspace(image):
    return fft.fft2(image, norm="ortho", axes=(-2, -1))


def sensitivities(kspace, lines):
    """Give smooth maps from the centre of k-space, whose squares add up to 1."""
    y, x = (np.abs(np.fft.fftfreq(size, 1 / size)) for size in kspace.shape[1:])
    reach = lines / 2
    window = np.outer(*(np.where(f < reach, np.cos(np.pi / 2 * np.minimum(f / reach, 1)) ** 2, 0) for f in (y, x)))
    low = to_image(kspace * window)
    return low / np.sqrt((np.abs(low) ** 2).sum(axis=0) + 1e-12)


def sense(kspace, chosen, maps, rounds=30):
    """Reconstruct by conjugate gradients (Pruessmann 2001), with a little regularization."""
    kept = chosen[:, None]

    def normal(image):
        return (maps.conj() * to_image(to_kspace(maps * image) * kept)).sum(axis=0) + 1e-3 * image

    image = np.zeros(kspace.shape[1:], complex)
    residual = (maps.conj() * to_image(kspace * kept)).sum(axis=0)
    direction, norm = residual, np.vdot(residual, residual).real
    for _ in range(rounds):
        if norm < 1e-20 * np.vdot(image, image).real:
            break
        moved = normal(direction)
        step = norm / np.vdot(direction, moved).real
        image, residual = image + step * direction, residual - step * moved
        norm, before = np.vdot(residual, residual).real, norm
        direction = residual + norm / before * direction
    return image


def features(image, rois):
    volume = ZScore()(Volume(np.fft.fftshift(np.abs(image))[None], Grid((*image.shape[::-1], 1)), rois))
    found = extract(volume, SETTINGS).features
    return np.array([list(found[name].values.values()) for name in rois]).T


def tiles(image):
    """Give the square ROIs that lie in the head."""
    shown = np.fft.fftshift(image)
    head = ndimage.binary_erosion(ndimage.binary_fill_holes(foreground_mask(shown[None])[0]), iterations=3)
    rois = {}
    for y in range(0, shown.shape[0] - EDGE + 1, EDGE):
        for x in range(0, shown.shape[1] - EDGE + 1, EDGE):
            mask = np.zeros((1, *shown.shape), bool)
            mask[0, y : y + EDGE, x : x + EDGE] = True
            if head[y : y + EDGE, x : x + EDGE].all():
                rois[f"{y}-{x}"] = mask
    return rois


def compare(name, full, real, surrogate):
    """Print how what the perturbation says goes with what happened."""
    changes = [np.mean([one - full for one in many], axis=0) for many in (real, surrogate)]
    spread = full.std(axis=1)
    used = spread > 1e-9
    within = [
        spearmanr(a, b).statistic
        for a, b in zip(changes[0][used], changes[1][used], strict=True)
        if np.ptp(a) > 0 and np.ptp(b) > 0
    ]
    sizes = [
        np.sqrt(np.mean([((one - full) ** 2).mean(axis=1) for one in many], axis=0))[used] / spread[used]
        for many in (real, surrogate)
    ]
    iccs = [
        np.mean([icc(np.stack([full, one], axis=-1)[used], form="A,1").estimate for one in many], axis=0)
        for many in (real, surrogate)
    ]
    both = np.isfinite(iccs).all(axis=0)
    unstable, said = (one[both] < 0.9 for one in iccs)
    over_iccs = spearmanr(*(one[both] for one in iccs)).statistic
    print(
        f"{name:58s} {used.sum():3d} {np.median(within):6.2f} {spearmanr(*sizes).statistic:6.2f} "
        f"{np.median(sizes[0]):6.2f} {np.median(sizes[1]):6.2f} {over_iccs:6.2f} "
        f"{unstable.sum():3d} {said.sum():3d} {(unstable & said).sum():3d}",
        flush=True,
    )


def grid_of(image):
    return Grid((*image.shape[::-1], 1))


def zero_filled(kspace, acceleration):
    """Compare zero-filled real k-space with zero-filling of the magnitude."""
    combined = np.sqrt((np.abs(to_image(kspace)) ** 2).sum(axis=0))
    rois = tiles(combined)
    full = features(combined, rois)
    for kind in ("random", "equispaced"):
        real, said = [], []
        for draw in range(DRAWS):
            chosen = sampled_lines(kspace.shape[1], acceleration, CENTRE, kind, np.random.default_rng([1, draw]))
            part = np.sqrt((np.abs(to_image(kspace * chosen[:, None])) ** 2).sum(axis=0))
            real.append(features(part, rois))
            one = Undersampling(acceleration, lines=kind, centre=CENTRE)
            said.append(
                features(
                    one(Volume(combined[None], grid_of(combined)), np.random.default_rng([2, draw])).image[0], rois
                )
            )
        compare(f"R {acceleration} {kind}, zero-filled | undersampling", full, real, said)


def with_sense(kspace, acceleration):
    """Compare SENSE of real k-space with what perturbs the magnitude."""
    maps = sensitivities(kspace, round(CENTRE * kspace.shape[1]))
    magnitude = np.abs(sense(kspace, np.ones(kspace.shape[1], bool), maps))
    shown = Volume(magnitude[None], grid_of(magnitude))
    centred = np.fft.fftshift(magnitude)[None]
    sigma = tissue_noise(centred, foreground_mask(centred)).sigma
    rois = tiles(magnitude)
    full = features(magnitude, rois)
    real = []
    for draw in range(DRAWS):
        random = np.random.default_rng([1, draw])
        chosen = sampled_lines(kspace.shape[1], acceleration, CENTRE, "equispaced", random)
        real.append(features(sense(kspace, chosen, maps), rois))
    air = np.fft.fftshift(to_image(kspace), axes=(1, 2))[:, :20, :20].real.std(axis=(1, 2)).mean()
    print(f"R {acceleration}: {len(rois)} ROIs, noise of 1000: {sigma:.2f} estimated in the head, {air:.2f} in air")
    chains = {
        "parallel_imaging": [ParallelImaging(acceleration, centre=CENTRE, sigma=sigma)],
        "parallel_imaging, noise of the air": [ParallelImaging(acceleration, centre=CENTRE, sigma=air)],
        "noise": [AddedNoise(sigma=sigma)],
        "blur": [Blurring(2.0)],
    }
    for name, chain in chains.items():
        said = [features(perturb(chain, shown, seed=draw).image[0], rois) for draw in range(DRAWS)]
        compare(f"R {acceleration} SENSE | {name}", full, real, said)


def phantom(folder):
    """Compare what Philips made of a bottle: CS 4 against CS 2, and deep learning with CS-AI 2 against neither."""
    pairs = {
        "CS 2 to CS 4 | parallel_imaging": ("401_T1W_FFE_Sno_CS2", "501_T1W_FFE_Sno_CS4", []),
        "none to CS-AI 2 | parallel_imaging, denoising": (
            "201_T1W_TSE_Sno_CSno_CSAIno",
            "501_T1W_TSE_Sno_CSno_CSAI2",
            [DenoisingSurrogate()],
        ),
    }
    for name, (first, second, more) in pairs.items():
        before, after = (
            Volume(*read_image(Path(folder) / "philips_dl_phantom" / f"Ph_{one}.nii.gz")) for one in (first, second)
        )
        rois, middle = {}, before.grid.shape[0] // 2
        for y in range(64, 192, EDGE):
            for x in range(64, 192, EDGE):
                mask = np.zeros(before.grid.shape, bool)
                mask[middle, y : y + EDGE, x : x + EDGE] = True
                rois[f"{y}-{x}"] = mask

        def measured(volume, rois=rois):
            found = extract(ZScore()(replace(volume, masks=rois)), COUNTED).features
            return np.array([list(found[name].values.values()) for name in rois]).T

        chain = [ParallelImaging(2), *more]
        said = [measured(perturb(chain, before, seed=draw)) for draw in range(DRAWS)]
        compare(name, measured(before), [measured(after)], said)


def main(folder):
    kspace = np.fft.ifftshift(np.load(Path(folder) / "kspace_brain_8ch" / "cartesian_ksp.npy"), axes=(1, 2))
    kspace = kspace.astype(complex)
    kspace *= 1000 / np.abs(to_image(kspace)).max()
    print("features: how many; Spearman over ROIs of the mean change, median over features; over features of its size;")
    print("median size of real and said changes (SD over ROIs); over features of ICC(A,1); ICC < 0.9: real, said, both")
    for acceleration in (2, 4):
        zero_filled(kspace, acceleration)
        with_sense(kspace, acceleration)
    phantom(folder)


if __name__ == "__main__":
    main(sys.argv[1])
