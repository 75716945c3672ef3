"""tf.signal and tf.audio: one expression a line."""

from __future__ import annotations

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (3e-5, 2e-5)

_DRAW = np.random.default_rng(0)
_float32 = lambda values: np.array(values, "float32")
INPUTS = {
    "x": _DRAW.normal(size=(2, 20)).astype("float32"), "d": _DRAW.normal(size=(3, 8)),
    "cube": _DRAW.normal(size=(2, 4, 6)).astype("float32"),
    "c": (_DRAW.normal(size=(2, 4, 6)) + 1j * _DRAW.normal(size=(2, 4, 6))).astype("complex64"), "i": np.arange(6, dtype="int32"),
    "wide": (_DRAW.normal(size=5) + 1j * _DRAW.normal(size=5)), "sound": _float32([[0.1, -0.5], [1.0, -1.0], [2.0, 0.3]]),
}  # fmt: skip

CASES = {
    "transforms": table(
        """
        tf.signal.fft(c)
        tf.signal.fft(wide)
        tf.signal.fft(x)
        tf.signal.ifft(c)
        tf.signal.fft2d(c)
        tf.signal.ifft2d(c)
        tf.signal.fft3d(c)
        tf.signal.ifft3d(c)
        tf.signal.fft2d(c[0, 0])
        tf.signal.rfft(x)
        tf.signal.rfft(x, fft_length=[16])
        tf.signal.rfft(x, [25])
        tf.signal.rfft(d)
        tf.signal.irfft(c)
        tf.signal.irfft(c, fft_length=[7])
        tf.signal.irfft(c, [16])
        tf.signal.rfft2d(cube)
        tf.signal.rfft2d(cube, [3, 8])
        tf.signal.irfft2d(c)
        tf.signal.rfft3d(cube)
        tf.signal.irfft3d(c)
        tf.signal.fftshift(x)
        tf.signal.fftshift(cube, axes=[1])
        tf.signal.ifftshift(d, axes=1)
        tf.signal.dct(x)
        tf.signal.dct(x, norm='ortho')
        tf.signal.dct(d, n=5)
        tf.signal.dct(d, n=11, norm='ortho')
        tf.signal.dct(x, type=1)
        tf.signal.dct(x, type=3)
        tf.signal.dct(x, type=3, norm='ortho')
        tf.signal.dct(x, type=4)
        tf.signal.dct(d, type=4, norm='ortho')
        tf.signal.dct(x, type=5)
        tf.signal.dct(x, type=1, norm='ortho')
        tf.signal.idct(x)
        tf.signal.idct(x, norm='ortho')
        tf.signal.idct(d, type=3)
        tf.signal.mdct(x, 8)
        tf.signal.mdct(x, 8, norm='ortho', pad_end=True)
        tf.signal.mdct(x, 8, window_fn=None)
        tf.signal.inverse_mdct(cube[:, :, :4])
        tf.signal.inverse_mdct(cube[:, :, :4], norm='ortho')
        tf.signal.inverse_mdct(cube[:, :, :4], window_fn=None)
        """, **INPUTS),
    "frames": table(
        """
        tf.signal.frame(x, 6, 4)
        tf.signal.frame(x, 6, 4, pad_end=True, pad_value=-1.0)
        tf.signal.frame(i, 4, 1)
        tf.signal.frame(i, 9, 2)
        tf.signal.frame(cube, 2, 1, axis=1)
        tf.signal.overlap_and_add(cube, 2)
        tf.signal.overlap_and_add(cube, 7)
        tf.signal.stft(x, 8, 4)
        tf.signal.stft(x, frame_length=6, frame_step=3, fft_length=8, pad_end=True)
        tf.signal.stft(x, 8, 4, window_fn=tf.signal.hamming_window)
        tf.signal.stft(x, 7, 4, window_fn=None)
        tf.signal.stft(d, 4, 2)
        tf.signal.inverse_stft(tf.signal.stft(x, 8, 4), 8, 4)
        tf.signal.inverse_stft(tf.signal.stft(x, 8, 4), 8, 4, window_fn=tf.signal.inverse_stft_window_fn(4))
        tf.signal.inverse_stft(tf.signal.stft(x, 6, 3, 8), 6, 3, 8, window_fn=None)
        tf.signal.hann_window(5)
        tf.signal.hann_window(6)
        tf.signal.hann_window(6, periodic=False)
        tf.signal.hann_window(1)
        tf.signal.hamming_window(4, dtype=tf.float64)
        tf.signal.kaiser_window(5)
        tf.signal.kaiser_window(6, beta=4.0)
        tf.signal.kaiser_bessel_derived_window(6)
        tf.signal.vorbis_window(6)
        tf.signal.linear_to_mel_weight_matrix()
        tf.signal.linear_to_mel_weight_matrix(10, 65, 16000, 80.0, 7600.0)
        tf.signal.linear_to_mel_weight_matrix(0)
        tf.signal.linear_to_mel_weight_matrix(10, 65, 8000, 80.0, 7600.0)
        tf.signal.mfccs_from_log_mel_spectrograms(x)
        tf.audio.decode_wav(tf.audio.encode_wav(sound, 8000))
        tf.audio.encode_wav(sound, 8000)
        tf.audio.decode_wav(tf.audio.encode_wav(sound, 44100), desired_channels=1, desired_samples=5).audio
        tf.audio.decode_wav(tf.audio.encode_wav(sound[:, :1], 44100), desired_channels=2)[0]
        tf.audio.decode_wav('hello')
        """, **INPUTS),
}
