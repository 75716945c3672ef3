"""Wrong arguments and wrong inputs are answered in the user's terms."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError

L = hb.layers


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.Conv1D(3, 2, padding="casual"), "Conv1D: padding is 'valid' or 'same' or 'causal'; received 'casual'"),
        (lambda: L.Conv2D(3, 2, padding="causal"), "padding is 'valid' or 'same'"),
        (lambda: L.Conv3D(3, (2, 2)), r"kernel_size is a number or 3 of them; received \(2, 2\)"),
        (lambda: L.Conv1D(3, 2, strides=2, dilation_rate=2), "strides and dilation_rate cannot both be above 1"),
        (lambda: L.Conv2DTranspose(3, 2, strides=2, output_padding=2), "output_padding is below strides"),
        (lambda: L.Conv2DTranspose(3, 2, output_padding=-1), "output_padding is a positive whole number"),
        (lambda: L.Conv1DTranspose(3, 2, groups=2), "does not take the argument 'groups'"),
        (lambda: L.DepthwiseConv2D(2, depth_multiplier=0), "depth_multiplier is a positive whole number"),
        (lambda: L.SeparableConv1D(0, 2), "filters is a positive whole number"),
        (lambda: L.MaxPooling3D((2, 2)), "pool_size is a number or 3 of them"),
        (lambda: L.AdaptiveMaxPooling2D((2, 0)), "output_size is a positive whole number"),
        (lambda: L.GlobalMaxPooling1D("channels"), "data_format is 'channels_last' or 'channels_first'"),
        (lambda: L.ZeroPadding2D((1, 2, 3)), r"padding is a whole number, 2 of them, or 2 pairs \(before, after\)"),
        (lambda: L.ZeroPadding1D(-1), "none negative; received -1"),
        (lambda: L.Cropping3D(((1, 1), (1, 1), (1,))), "cropping is a whole number, 3 of them, or 3 pairs"),
        (lambda: L.UpSampling2D(interpolation="cubic"), "interpolation is one of 'bicubic', 'bilinear'"),
        (lambda: L.UpSampling1D(0), "size is a positive whole number"),
        (lambda: L.GroupNormalization(0), "groups is a positive whole number, or -1; received 0"),
        (lambda: L.BatchNormalization(renorm=True, renorm_clipping={"max": 1}), "takes 'rmin', 'rmax' and 'dmax'; received 'max'"),
        (lambda: L.BatchNormalization(renorm=True, renorm_clipping={"rmin": 2, "rmax": 1}), "rmax is above rmin"),
        (lambda: L.SpectralNormalization(3), "SpectralNormalization: layer is a layer; received 3"),
        (lambda: L.SpectralNormalization(L.Dense(2), power_iterations=0), "power_iterations is a positive whole number"),
        (lambda: L.SpatialDropout2D(1.5), "rate is a share between 0 and 1; received 1.5"),
        (lambda: L.GaussianDropout(1.0), "GaussianDropout: rate is at least 0 and below 1"),
        (lambda: L.AlphaDropout(-0.1), "AlphaDropout: rate is at least 0 and below 1"),
        (lambda: L.GaussianNoise(-1.0), "stddev is not negative"),
        (lambda: L.EinsumDense("ab,bc", 3), "equation is of the form 'ab,bc->ac'"),
        (lambda: L.EinsumDense("ab,bc->ad", 3), "axis 'd' of the output is neither the input's nor the kernel's"),
        (lambda: L.EinsumDense("ab,bc->ac", 3, bias_axes="b"), "axis 'b' of bias_axes is not among the output's, 'ac'"),
    ],
)
def test_arguments(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: L.Conv1D(3, 2), (2, 4), "takes an input with 3 axes"),
        (lambda: L.Conv1D(3, 5), (2, 4, 2), r"a window of \(5,\) does not fit into an input of \(4,\)"),
        (lambda: L.Conv3D(4, 2, groups=2), (1, 3, 3, 3, 3), "3 channels cannot be divided into 2 groups"),
        (lambda: L.Conv2DTranspose(3, 2), (2, 4, 4), "takes an input with 4 axes"),
        (lambda: L.MaxPooling1D(5), (2, 4, 2), r"a window of \(5,\) does not fit"),
        (lambda: L.GlobalAveragePooling3D(), (2, 4, 2), "takes an input with 5 axes"),
        (lambda: L.AdaptiveMaxPooling1D(2), (2, 4), "takes an input with 3 axes"),
        (lambda: L.Cropping1D(2), (2, 4, 1), r"cropping \(2, 2\) leaves nothing of an input of shape \(2, 4, 1\)"),
        (lambda: L.UpSampling3D(), (2, 4), "takes an input with 5 axes"),
        (lambda: L.GroupNormalization(), (2, 12), "12 channels .* cannot be divided into 32 groups: choose `groups` that divides 12"),
        (lambda: L.RMSNormalization(axis=3), (2, 4), "there is no axis 3"),
        (lambda: L.UnitNormalization(axis=2), (2, 4), "there is no axis 2"),
        (lambda: L.SpatialDropout1D(0.5), (2, 4), "takes an input with 3 axes"),
        (lambda: L.EinsumDense("abc,cd->abd", (None, 4)), (2, 4), "the equation 'abc,cd->abd' does not fit an input of shape"),
        (lambda: L.EinsumDense("abc,cd->abd", 4), (2, 3, 4), "output_shape has one size for each of the axes 'bd'"),
        (lambda: L.EinsumDense("abc,cd->abd", (5, 4)), (2, 3, 4), "axis 'b' .* has size 3 in the input .* and 5 in output_shape"),
        (lambda: L.EinsumDense("abc,cd->abd", (None, None)), (2, 3, 4), "needs to know the size of axis 'd'"),
    ],
)
def test_inputs(make, shape, message):
    with pytest.raises(ShapeError, match=message):
        make()(np.ones(shape, np.float32))


def test_layers_without_a_kernel_and_unknown_sizes():
    with pytest.raises(ArgumentError, match="Dropout has neither a `kernel` nor `embeddings`"):
        L.SpectralNormalization(L.Dropout(0.5))(np.ones((2, 3)))
    with pytest.raises(ArgumentError, match=r"shared_axes are 1 to 2; received \[0\]"):
        L.PReLU(shared_axes=[0])(np.ones((2, 3, 4)))
    with pytest.raises(ShapeError, match="cannot make weight 'alpha' of shape"):
        L.PReLU()(hb.Input((None, 3)))
    with pytest.raises(ShapeError, match="needs to know its input's number of channels"):
        L.Conv1D(3, 2)(hb.Input((4, None)))
    with pytest.raises(ShapeError, match="was built for 2 channels"):
        layer = L.SeparableConv1D(3, 2)
        layer(np.ones((1, 4, 2)))
        layer(np.ones((1, 4, 3)))
    with pytest.raises(DtypeError, match="Lambda: function is a function; received 3"):
        L.Lambda(3)


def test_dense_is_built_by_the_size_of_its_inputs_alone():
    layer = L.Dense(2)
    layer.build((3,))  # as in TensorFlow programs
    assert layer.kernel.shape == (3, 2) and layer(np.ones((4, 3), "float32")).shape == (4, 2)
    for fresh in (layer, L.Dense(2)):
        with pytest.raises(ShapeError, match="2 or more axes"):
            fresh(np.ones(3, "float32"))
