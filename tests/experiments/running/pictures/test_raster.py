"""Tests of slices as pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from experiments.running.pictures.raster import (
    grey,
    outline,
    paint,
    resized,
    signed,
    signed_table,
    text_width,
    to_jpeg,
    write,
)


def lightness(pixels):
    """CIE L* of sRGB colours."""
    linear = np.asarray(pixels, float) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_the_signed_scale_gets_lighter_all_the_way_so_that_grey_print_shows_the_sign():
    light = lightness(signed_table())
    assert np.all(np.diff(light) >= -0.2)
    assert np.all(np.diff(light[::8]) > 0.3)
    assert light[0] < 20
    assert light[-1] > 90
    middle = signed_table()[127:129]
    assert np.ptp(middle) == 0, "zero is a pure grey"


def test_the_two_ends_differ_for_people_without_red_or_green_receptors():
    # Viénot, Brettel and Mollon 1999: what is left of sRGB (linear) to a deuteranope is blue and a mean of the rest.
    table = (signed_table() / 255.0) ** 2.2
    yellowish, blue = table @ [0.29, 0.71, 0.0], table[:, 2]
    assert np.all((yellowish > blue)[160:240])
    assert np.all((yellowish < blue)[16:96])


def test_a_scale_is_symmetric_about_zero_and_ends_at_its_limits():
    pixels = signed(np.array([[-9.0, -3.0, 0.0, 3.0, 9.0, np.nan]]), 3.0)[0]
    assert np.array_equal(pixels[0], pixels[1])
    assert np.array_equal(pixels[3], pixels[4])
    assert np.array_equal(pixels[1], signed_table()[0])
    assert np.array_equal(pixels[3], signed_table()[255])
    assert not pixels[5].any()


def test_grey_is_a_window():
    assert grey(np.array([[0.0, 50.0, 100.0, 200.0]]), 50.0, 100.0)[0, :, 1].tolist() == [0, 0, 255, 255]


def test_linear_interpolation_keeps_a_ramp_and_averages_when_there_are_fewer_pixels():
    ramp = np.tile(np.arange(8.0), (8, 1))
    wide = resized(ramp, 8, 32)
    assert np.allclose(np.diff(wide[0, 4:28]), 0.25, atol=1e-5)
    noise = np.random.default_rng(0).normal(size=(64, 64))
    assert resized(noise, 4, 4).std() < 0.25 * noise.std()


def test_what_is_not_known_stays_not_known():
    values = np.array([[1.0, 1.0, np.nan, np.nan]])
    shown = resized(values, 1, 8)
    assert np.all(shown[0, :3] == 1.0)
    assert np.all(np.isnan(shown[0, 5:]))


def test_an_roi_of_one_voxel_is_not_lost_when_the_slice_shrinks():
    mask = np.zeros((512, 512), bool)
    mask[300, 200] = True
    rim = outline(mask, 64, 64)
    rows, columns = np.nonzero(rim)
    assert 0 < rim.sum() <= 4
    assert abs(rows.mean() - 37.5) < 1.5
    assert abs(columns.mean() - 25) < 1.5
    assert not outline(np.zeros((4, 4), bool), 8, 8).any()


def test_an_outline_lies_inside_and_leaves_the_inside_free():
    mask = np.zeros((40, 40), bool)
    mask[10:30, 5:35] = True
    rim = outline(mask, 40, 40)
    assert not rim[~mask].any()
    assert not rim[11:29, 6:34].any()
    assert rim[10, 5:35].all()


@pytest.mark.parametrize("rim", [False, True])
def test_text_is_written_in_place_in_its_colour(rim):
    pixels = np.zeros((20, 60, 3), np.uint8)
    write(pixels, "IR", (4, 3), 12, "#ff0000", rim=rim)
    assert pixels[..., 0].max() == 255
    assert not pixels[..., 1:].any()
    assert text_width("wide text", 12) > text_width("wide", 12)


def test_paint_takes_the_colour():
    pixels = np.zeros((1, 2, 3), np.uint8)
    paint(pixels, np.array([[False, True]]), "#0a0b0c")
    assert pixels.tolist() == [[[0, 0, 0], [10, 11, 12]]]


def test_files_say_nothing_but_their_pixels_and_are_the_same_every_time():
    pixels = np.random.default_rng(1).integers(0, 255, (16, 24, 3)).astype(np.uint8)
    content = to_jpeg(pixels)
    image = Image.open(io.BytesIO(content))
    assert content == to_jpeg(pixels)
    assert image.size == (24, 16)
    assert not image.getexif()
    assert "comment" not in image.info
    assert b"Exif" not in content
