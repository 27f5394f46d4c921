"""Data sets: MNIST from wherever it can be had, and the user's own files."""

from ohmgrad.data.dataset import Dataset
from ohmgrad.data.files import load_files
from ohmgrad.data.mnist import load_mnist

__all__ = ["Dataset", "load_files", "load_mnist"]
