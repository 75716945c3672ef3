"""`tf.raw_ops`: bare operations, by keyword, as rows over the functions that have other names. Names only."""

from hornbeam.engine.keywords import by_keyword

_ROWS = """
Abs math.abs x
Acos math.acos x
Acosh math.acosh x
Add math.add x y
AddN math.add_n inputs
AddV2 math.add x y
AdjustContrastv2 image.adjust_contrast images contrast_factor
AdjustHue image.adjust_hue images delta
AdjustSaturation image.adjust_saturation images scale
All math.reduce_all input axis keep_dims=False
Any math.reduce_any input axis keep_dims=False
ArgMax math.argmax input dimension output_type=int64
ArgMin math.argmin input dimension output_type=int64
AsString strings.as_string input precision=-1 scientific=False shortest=False width=-1 fill=''
Asin math.asin x
Asinh math.asinh x
Atan math.atan x
Atan2 math.atan2 y x
Atanh math.atanh x
AvgPool nn.avg_pool value ksize strides padding data_format=NHWC
AvgPool3D nn.avg_pool3d input ksize strides padding data_format=NDHWC
BatchMatMul linalg.matmul x y adj_x>adjoint_a=False adj_y>adjoint_b=False -grad_x -grad_y
BatchMatMulV2 linalg.matmul x y adj_x>adjoint_a=False adj_y>adjoint_b=False -grad_x -grad_y
BatchMatMulV3 linalg.matmul x y Tout>output_type adj_x>adjoint_a=False adj_y>adjoint_b=False -grad_x -grad_y
BesselI0e math.bessel_i0e x
BesselI1e math.bessel_i1e x
Betainc math.betainc a b x
BiasAdd nn.bias_add value bias data_format=NHWC
Bitcast bitcast input type
BitwiseAnd bitwise.bitwise_and x y
BitwiseOr bitwise.bitwise_or x y
BitwiseXor bitwise.bitwise_xor x y
BroadcastTo broadcast_to input shape
Cast cast x DstT -Truncate
Ceil math.ceil x
CheckNumerics debugging.check_numerics tensor message
Cholesky linalg.cholesky input
ClipByValue clip_by_value t clip_value_min clip_value_max
Complex dtypes.complex real imag -Tout
ComplexAbs math.abs x -Tout
Concat concat values concat_dim
ConcatV2 concat values axis
Conj math.conj input
Conv2D nn.conv2d input filter strides padding data_format=NHWC dilations=None -use_cudnn_on_gpu -explicit_paddings
Conv2DBackpropInput nn.conv2d_transpose out_backprop filter input_sizes strides padding data_format=NHWC dilations=None -use_cudnn_on_gpu
Conv3D nn.conv3d input filter strides padding data_format=NDHWC dilations=None
Cos math.cos x
Cosh math.cosh x
CropAndResize image.crop_and_resize image boxes box_ind crop_size method=bilinear extrapolation_value=0
Cross linalg.cross a b
Cumprod math.cumprod x axis exclusive=False reverse=False
Cumsum math.cumsum x axis exclusive=False reverse=False
DecodeBase64 io.decode_base64 input
DepthToSpace nn.depth_to_space input block_size data_format=NHWC
DepthwiseConv2dNative nn.depthwise_conv2d input filter strides padding data_format=NHWC -dilations -explicit_paddings
Diag linalg.tensor_diag diagonal
DiagPart linalg.tensor_diag_part input
Digamma math.digamma x
Div math.divide x y
DivNoNan math.divide_no_nan x y
DynamicPartition dynamic_partition data partitions num_partitions
DynamicStitch dynamic_stitch indices data
Einsum einsum equation *inputs
Elu nn.elu features
EncodeBase64 io.encode_base64 input pad=False
Equal math.equal x y -incompatible_shape_error
Erf math.erf x
Erfc math.erfc x
Erfinv math.erfinv x
Exp math.exp x
ExpandDims expand_dims input axis
Expm1 math.expm1 x
FFT signal.fft input
FFT2D signal.fft2d input
Fill fill dims value
Floor math.floor x
FloorDiv math.floordiv x y
FloorMod math.floormod x y
Gather gather params indices -validate_indices
GatherNd gather_nd params indices -bad_indices_policy
GatherV2 gather params indices axis>axis batch_dims>batch_dims=0
Greater math.greater x y
GreaterEqual math.greater_equal x y
HSVToRGB image.hsv_to_rgb images
HistogramFixedWidth histogram_fixed_width values value_range nbins dtype=int32
IFFT signal.ifft input
IFFT2D signal.ifft2d input
IRFFT signal.irfft input fft_length -Treal
Identity identity input
Igamma math.igamma a x
Igammac math.igammac a x
Imag math.imag input -Tout
Inv math.reciprocal x
Invert bitwise.invert x
InvertPermutation math.invert_permutation x
IsFinite math.is_finite x
IsInf math.is_inf x
IsNan math.is_nan x
L2Loss nn.l2_loss t
LRN nn.local_response_normalization input depth_radius=5 bias=1 alpha=1 beta=0.5
LeakyRelu nn.leaky_relu features alpha=0.2
LeftShift bitwise.left_shift x y
Less math.less x y
LessEqual math.less_equal x y
Lgamma math.lgamma x
LinSpace linspace start stop num
Log math.log x
Log1p math.log1p x
LogMatrixDeterminant linalg.slogdet input
LogSoftmax nn.log_softmax logits
LogicalAnd math.logical_and x y
LogicalNot math.logical_not x
LogicalOr math.logical_or x y
MatMul linalg.matmul a b transpose_a=False transpose_b=False -grad_a -grad_b
MatrixBandPart linalg.band_part input num_lower num_upper
MatrixDeterminant linalg.det input
MatrixDiag linalg.diag diagonal
MatrixDiagPart linalg.diag_part input
MatrixExponential linalg.expm input
MatrixInverse linalg.inv input adjoint=False
MatrixSetDiag linalg.set_diag input diagonal
MatrixSolve linalg.solve matrix rhs adjoint=False
MatrixSolveLs linalg.lstsq matrix rhs l2_regularizer fast=True
MatrixSquareRoot linalg.sqrtm input
MatrixTriangularSolve linalg.triangular_solve matrix rhs lower=True adjoint=False
Max math.reduce_max input axis keep_dims=False
MaxPool nn.max_pool input ksize strides padding data_format=NHWC -explicit_paddings
MaxPool3D nn.max_pool3d input ksize strides padding data_format=NDHWC
Maximum math.maximum x y
Mean math.reduce_mean input axis keep_dims=False
Min math.reduce_min input axis keep_dims=False
Minimum math.minimum x y
MirrorPad pad input paddings mode
Mod math.floormod x y
Mul math.multiply x y
Neg math.negative x
NonMaxSuppression image.non_max_suppression boxes scores max_output_size iou_threshold=0.5
NonMaxSuppressionV3 image.non_max_suppression boxes scores max_output_size iou_threshold score_threshold
NotEqual math.not_equal x y -incompatible_shape_error
OneHot one_hot indices depth on_value off_value axis=-1
OnesLike ones_like x
Pack stack values axis=0
Pad pad input paddings
PadV2 pad input paddings constant_values>constant_values
Polygamma math.polygamma a x
Pow math.pow x y
Prod math.reduce_prod input axis keep_dims=False
Qr linalg.qr input full_matrices=False
RFFT signal.rfft input fft_length -Tcomplex
RGBToHSV image.rgb_to_hsv images
RandomShuffle random.shuffle value -seed -seed2
RandomStandardNormal random.normal shape dtype>dtype seed>seed=None -seed2
RandomUniform random.uniform shape dtype>dtype seed>seed=None -seed2
RandomUniformInt random.uniform shape minval>minval maxval>maxval seed>seed=None -seed2
Range range start limit delta
Rank rank input
ReadFile io.read_file filename
Real math.real input -Tout
RealDiv math.divide x y
Reciprocal math.reciprocal x
RegexFullMatch strings.regex_full_match input pattern
RegexReplace strings.regex_replace input pattern rewrite replace_global=True
Relu nn.relu features
Relu6 nn.relu6 features
Reshape reshape tensor shape
ReverseSequence reverse_sequence input seq_lengths seq_dim batch_dim=0
ReverseV2 reverse tensor axis
RightShift bitwise.right_shift x y
Rint math.rint x
Roll roll input shift axis
Round math.round x
Rsqrt math.rsqrt x
ScatterNd scatter_nd indices updates shape -bad_indices_policy
SegmentMax math.segment_max data segment_ids
SegmentMean math.segment_mean data segment_ids
SegmentMin math.segment_min data segment_ids
SegmentProd math.segment_prod data segment_ids
SegmentSum math.segment_sum data segment_ids
Select where condition x y
SelectV2 where condition t e
Selu nn.selu features
Shape shape input out_type=int32
ShapeN shape_n input out_type=int32
Sigmoid math.sigmoid x
Sign math.sign x
Sin math.sin x
Sinh math.sinh x
Size size input out_type=int32
Slice slice input begin size
Softmax nn.softmax logits
Softplus nn.softplus features
Softsign nn.softsign features
SpaceToBatchND space_to_batch_nd input block_shape paddings
SpaceToDepth nn.space_to_depth input block_size data_format=NHWC
Split split value num_split axis
SplitV split value size_splits axis num_split
Sqrt math.sqrt x
Square math.square x
SquaredDifference math.squared_difference x y
Squeeze squeeze input axis=None
StatelessRandomNormal random.stateless_normal shape seed dtype>dtype=float32
StatelessRandomUniform random.stateless_uniform shape seed dtype>dtype=float32
StopGradient stop_gradient input
StridedSlice strided_slice input begin end strides begin_mask=0 end_mask=0 ellipsis_mask=0 new_axis_mask=0 shrink_axis_mask=0
StringJoin strings.join inputs separator=''
StringLength strings.length input unit=BYTE
StringLower strings.lower input encoding=''
StringStrip strings.strip input
StringToHashBucketFast strings.to_hash_bucket_fast input num_buckets
StringToNumber strings.to_number string_tensor out_type=float32
StringUpper strings.upper input encoding=''
Sub math.subtract x y
Substr strings.substr input pos len unit=BYTE
Sum math.reduce_sum input axis keep_dims=False
Svd linalg.svd input full_matrices=False compute_uv=True
Tan math.tan x
Tanh math.tanh x
TensorScatterAdd tensor_scatter_nd_add tensor indices updates -bad_indices_policy
TensorScatterUpdate tensor_scatter_nd_update tensor indices updates -bad_indices_policy
Tile tile input multiples
TopKV2 math.top_k input k sorted=True index_type=int32
Transpose transpose x perm
TruncateDiv truncatediv x y
TruncateMod truncatemod x y
TruncatedNormal random.truncated_normal shape dtype>dtype seed>seed=None -seed2
Unique unique x out_idx=int32
UniqueWithCounts unique_with_counts x out_idx=int32
Unpack unstack value num axis=0
UnsortedSegmentMax math.unsorted_segment_max data segment_ids num_segments
UnsortedSegmentSum math.unsorted_segment_sum data segment_ids num_segments
Where where condition
Xdivy math.xdivy x y
Xlog1py math.xlog1py x y
Xlogy math.xlogy x y
ZerosLike zeros_like x
Zeta math.zeta x q
"""
_ELSEWHERE = {
    "ImageProjectiveTransformV2": "hornbeam.ops.image.warp:projective_transform",
    "ImageProjectiveTransformV3": "hornbeam.ops.image.warp:projective_transform",
}

__getattr__, __dir__ = by_keyword(__name__, _ROWS, "hornbeam.tensorflow", _ELSEWHERE)
