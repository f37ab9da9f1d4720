"""Denoise a scan with a network, slice by slice: python denoise.py SCAN DENOISED."""

import sys

import numpy as np
import SimpleITK as sitk


def network(slices):
    """Stand in for the network: a mean over 3 x 3 voxels."""
    padded = np.pad(slices, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)).mean(axis=(-1, -2))


scan = sitk.ReadImage(sys.argv[1])
image = sitk.GetArrayFromImage(scan)  # slices, rows, columns
scale = image.std()  # networks are trained on images of one scale
denoised = sitk.GetImageFromArray(network(image / scale) * scale)
denoised.CopyInformation(scan)  # the same grid
sitk.WriteImage(denoised, sys.argv[2])
