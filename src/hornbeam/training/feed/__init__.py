"""What `fit`, `evaluate` and `predict` iterate over: any kind of data as arrays in memory or as a stream of batches."""

from hornbeam.training.feed.base import Feed
from hornbeam.training.feed.make import make_feed, split_validation
from hornbeam.training.feed.streams import PyDataset, Sequence
