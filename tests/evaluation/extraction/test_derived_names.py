from evaluation.extraction.derived_names import image_names


def test_names_are_those_of_pyradiomics():
    names = image_names({"Original": {}, "Wavelet": {"level": 2}, "LoG": {"sigma": (0.5, 1, 2.0)}, "SquareRoot": {}})
    assert names[:2] == ["original", "wavelet-LLH"]
    assert names[15] == "wavelet2-LLL"
    assert names[16:] == ["log-sigma-0-5-mm-3D", "log-sigma-1-mm-3D", "log-sigma-2-0-mm-3D", "squareroot"]
    flat = image_names({"Wavelet": {"force2D": True, "force2Ddimension": 0}})
    assert flat == ["wavelet-LH", "wavelet-HL", "wavelet-HH", "wavelet-LL"]
