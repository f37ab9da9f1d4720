import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from evaluation.classification import RandomFeatures, first_order_columns, volume_columns
from harmonize.errors import ConfigurationError


def test_it_is_an_estimator_of_scikit_learn() -> None:
    check_estimator(RandomFeatures(2), on_skip=None)


def test_draws_are_repeatable_differ_by_rows_and_ignore_the_target() -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 40)))
    y = np.arange(60) % 2
    selector = RandomFeatures(5)
    first = clone(selector).fit(table, y).support_
    assert first.sum() == 5
    assert np.array_equal(first, clone(selector).fit(table, 1 - y).support_)
    assert not np.array_equal(first, clone(selector).fit(table[:50], y[:50]).support_)
    assert not np.array_equal(first, RandomFeatures(5, random_state=1).fit(table).support_)


def test_every_column_is_drawn_equally_often() -> None:
    table = np.random.default_rng(0).normal(size=(30, 20))
    drawn = np.sum([RandomFeatures(5, random_state=i).fit(table).support_ for i in range(2000)], axis=0)
    assert (np.abs(drawn - 500) < 4 * np.sqrt(2000 * 0.25 * 0.75)).all()


def test_fewer_columns_than_asked_are_all_kept(golden) -> None:
    assert RandomFeatures(9).fit(np.eye(3)).support_.all()
    with golden.error(ConfigurationError):
        RandomFeatures(0).fit(np.eye(3))


def test_the_volume_is_found_once_a_sequence() -> None:
    names = [
        *("ADC_original_shape_Volume", "ADC_original_shape_SurfaceVolumeRatio", "T2_original_shape_MeshVolume"),
        *("T2_original_shape_VoxelVolume", "original_shape_VoxelVolume", "voxels", "original_shape_VoxelVolumeX"),
    ]
    assert volume_columns(names) == ["ADC_original_shape_Volume", "T2_original_shape_VoxelVolume", names[4]]
    assert volume_columns(["general_info_VoxelNum", "x"]) == []


def test_first_order_features_of_filtered_images_do_not_count() -> None:
    names = ["MR_original_firstorder_Mean", "MR_wavelet-LLL_firstorder_Mean", "original_glcm_Id", "firstorder_Mean"]
    assert first_order_columns(names) == ["MR_original_firstorder_Mean"]
