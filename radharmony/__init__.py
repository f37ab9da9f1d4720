"""Which MRI radiomics features survive a change of acquisition or reconstruction: all public names.

They are listed in the stub beside this file, and each is imported when it is used.

Examples
--------
>>> import radharmony as rh
>>> round(float(rh.icc([[1.0, 1.2], [2.0, 2.1], [3.0, 2.8]], form="A,1").estimate), 2)
0.98
"""

from radharmony.floors import attach, place

place()
__getattr__, __dir__, __all__ = attach(__name__, __file__)
