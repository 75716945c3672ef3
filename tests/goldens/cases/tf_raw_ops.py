"""tf.raw_ops: one expression a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import lines, table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-5, 2e-6)

_DRAW = np.random.default_rng(11)
VALUES: dict[str, Any] = {
    "X": lambda tf: tf.raw_ops, "f": np.float32([0.25, -0.5, 0.75]), "g": np.float32([0.5, 2.0, 1.5]), "h": np.float32([1.5, 2.5, 3.5]),
    "i": np.int32([5, -3, 2]), "j": np.int32([2, 2, 1]), "m": _DRAW.normal(size=(3, 3)).astype("float32"),
    "p": np.float32([[4, 1, 0], [1, 3, 1], [0, 1, 2]]), "b": np.array([True, False, True]),
    "t": _DRAW.normal(size=(2, 2, 2)).astype("float32"),
    "im": _DRAW.random(size=(1, 4, 4, 2)).astype("float32"), "k": _DRAW.normal(size=(2, 2, 2, 3)).astype("float32"),
    "c": np.complex64([1 + 2j, 3 - 1j]), "s": np.array(["a b", "Cd "]), "ids": np.int32([0, 0, 1]),
    "rgb": _DRAW.random((2, 2, 3)).astype("float32"),
}  # fmt: skip
_X = "Abs Acos Asin Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Erfinv Exp Expm1 Floor IsFinite IsInf IsNan Neg OnesLike Rint Round Sign Sin"
_POSITIVE = "Acosh BesselI0e BesselI1e Digamma Inv Lgamma Log Log1p Reciprocal Rsqrt Sigmoid Sqrt Square Sinh Tan Tanh ZerosLike"
_FEATURES = "Elu LeakyRelu Relu Relu6 Selu Softplus Softsign"
_PAIRS = (
    "Add AddV2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual Maximum Minimum Mod Mul NotEqual Pow RealDiv "
    "SquaredDifference Sub Xdivy Xlog1py Xlogy"
)
_WHOLE = "BitwiseAnd BitwiseOr BitwiseXor FloorDiv FloorMod LeftShift RightShift TruncateDiv TruncateMod"
_ALONG = ("Max", "Mean", "Min", "Prod", "Sum")
ELEMENTS = [
    *(f"X.{name}(x=f)" for name in _X.split()), *(f"X.{name}(x=h)" for name in _POSITIVE.split()),
    *(f"X.{name}(features=f)" for name in _FEATURES.split()), *(f"X.{name}(x=g,y=h)" for name in _PAIRS.split()),
    *(f"X.{name}(x=i,y=j)" for name in _WHOLE.split()),
    *(f"X.{name}(input=m,axis=1,keep_dims=True)" for name in _ALONG),
    *(f"X.Segment{name}(data=m,segment_ids=ids)" for name in _ALONG),
]  # fmt: skip
OTHERS = """
    X.Add(f,g)
    X.Add(x=f)
    X.Add(x=f,z=g)
    X.AddN(inputs=[f,g])
    X.All(input=b,axis=0)
    X.Any(input=b,axis=0)
    X.ArgMax(input=m,dimension=1)
    X.ArgMin(input=m,dimension=0,output_type=tf.int32)
    X.AsString(input=i)
    X.Atan2(y=f,x=g)
    X.AvgPool(value=im,ksize=[1,2,2,1],strides=[1,2,2,1],padding="VALID")
    X.BatchMatMul(x=t,y=t,adj_x=True)
    X.BatchMatMulV2(x=t,y=t)
    X.Betainc(a=g,b=h,x=tf.abs(f))
    X.BiasAdd(value=m,bias=f)
    X.BroadcastTo(input=f,shape=[2,3])
    X.Cast(x=f,DstT=tf.int32)
    X.Cholesky(input=p)
    X.ClipByValue(t=f,clip_value_min=0.,clip_value_max=.5)
    X.Complex(real=f,imag=g)
    X.ComplexAbs(x=c)
    X.Concat(concat_dim=0,values=[f,g])
    X.ConcatV2(values=[m,m],axis=1)
    X.Conj(input=c)
    X.Conv2D(input=im,filter=k,strides=[1,1,1,1],padding="SAME")
    X.Cross(a=f,b=g)
    X.Cumprod(x=g,axis=0,exclusive=True)
    X.Cumsum(x=g,axis=0,reverse=True)
    X.DepthwiseConv2dNative(input=im,filter=k,strides=[1,1,1,1],padding="VALID")
    X.Diag(diagonal=f)
    X.DiagPart(input=m)
    X.DynamicPartition(data=f,partitions=ids,num_partitions=2)
    X.DynamicStitch(indices=[[0,2],[1]],data=[[1.,3.],[2.]])
    X.Einsum(inputs=[m,p],equation="ij,jk->ik")
    X.ExpandDims(input=f,axis=0)
    X.FFT(input=c)
    X.Fill(dims=[2],value=3.)
    X.Gather(params=f,indices=[2,0])
    X.GatherNd(params=m,indices=[[0,1],[2,2]])
    X.GatherV2(params=m,indices=[2,0],axis=1)
    X.Identity(input=f)
    X.Igamma(a=g,x=h)
    X.Imag(input=c)
    X.Invert(x=i)
    X.InvertPermutation(x=[2,0,1])
    X.L2Loss(t=f)
    X.LinSpace(start=0.,stop=1.,num=3)
    X.LogSoftmax(logits=m)
    X.LogicalAnd(x=b,y=b)
    X.LogicalNot(x=b)
    X.MatMul(a=m,b=p,transpose_a=True)
    X.MatrixBandPart(input=m,num_lower=0,num_upper=-1)
    X.MatrixDeterminant(input=p)
    X.MatrixDiag(diagonal=f)
    X.MatrixDiagPart(input=m)
    X.MatrixInverse(input=p)
    X.MatrixSetDiag(input=m,diagonal=f)
    X.MatrixSolve(matrix=p,rhs=m)
    X.MatrixTriangularSolve(matrix=p,rhs=m,lower=False)
    X.MaxPool(input=im,ksize=[1,2,2,1],strides=[1,2,2,1],padding="SAME")
    X.MirrorPad(input=m,paddings=[[1,1],[0,0]],mode="REFLECT")
    X.OneHot(indices=j,depth=3,on_value=1.,off_value=0.)
    X.Pack(values=[f,g],axis=1)
    X.Pad(input=f,paddings=[[1,1]])
    X.PadV2(input=f,paddings=[[1,1]],constant_values=9.)
    X.Range(start=0,limit=5,delta=2)
    X.Rank(input=m)
    X.RegexReplace(input=s,pattern="b",rewrite="x")
    X.Reshape(tensor=m,shape=[9])
    X.ReverseV2(tensor=f,axis=[0])
    X.Roll(input=f,shift=1,axis=0)
    X.ScatterNd(indices=[[1],[3]],updates=[1.,2.],shape=[4])
    X.Select(condition=b,x=f,y=g)
    X.SelectV2(condition=b,t=f,e=g)
    X.Shape(input=m)
    X.ShapeN(input=[f,m])
    X.Size(input=m)
    X.Slice(input=m,begin=[0,1],size=[2,2])
    X.Softmax(logits=m)
    X.Split(axis=0,value=g,num_split=3)
    X.SplitV(value=g,size_splits=[1,2],axis=0,num_split=2)
    X.Squeeze(input=[[1.,2.]],axis=[0])
    X.StridedSlice(input=f,begin=[0],end=[3],strides=[2])
    X.StringJoin(inputs=[["a"],["b"]],separator="-")
    X.StringLength(input=s)
    X.StringLower(input=s)
    X.StringStrip(input=s)
    X.StringToNumber(string_tensor=["1.5"])
    X.Substr(input=s,pos=0,len=1)
    X.TensorScatterAdd(tensor=f,indices=[[0]],updates=[1.])
    X.TensorScatterUpdate(tensor=f,indices=[[0]],updates=[1.])
    X.Tile(input=f,multiples=[2])
    X.TopKV2(input=g,k=2)
    X.Transpose(x=m,perm=[1,0])
    X.Unique(x=[1,1,2])
    X.Unpack(value=m,num=3)
    X.UnsortedSegmentSum(data=f,segment_ids=ids,num_segments=2)
    X.Where(condition=b)
    X.Zeta(x=h,q=g)
    X.RGBToHSV(images=rgb)
    X.HSVToRGB(images=rgb)
"""
CASES = {
    "elements": table("\n".join(ELEMENTS), **VALUES),
    **{f"others_{i}": table("\n".join(lines(OTHERS)[i::3]), **VALUES) for i in range(3)},
}
