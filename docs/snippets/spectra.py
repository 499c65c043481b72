import numpy as np


def lowpass(x, h):
    """
    >>> print(round(lowpass(np.array([1.0, -1.0, 2.0]), np.array([1.0, 0.5])), 3))
    2.5
    """
    y = np.fft.irfft(np.fft.rfft(x) * h, n=len(x))
    return np.sum(y**2)


def roughness(x):
    """
    >>> print(round(roughness(np.array([1.0, -1.0, 2.0])), 3))
    0.778
    """
    k = np.fft.rfftfreq(len(x))
    return np.sum(k * k * np.abs(np.fft.rfft(x)) ** 2)


def rounded(x):
    """
    >>> print(rounded(np.array([1.0, -1.0, 2.0])))
    3.0
    """
    z = np.fft.fft(x)
    return np.sum(np.maximum(z, 0).real)
