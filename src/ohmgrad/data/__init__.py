"""Data sets: MNIST from wherever it can be had, MNIST at 8 x 8 pixels, letters, faces, and the user's own files."""

from ohmgrad.data.dataset import Dataset
from ohmgrad.data.digits8x8 import load_digits8x8
from ohmgrad.data.faces import face_triples, load_faces
from ohmgrad.data.files import load_files
from ohmgrad.data.letters import load_letters
from ohmgrad.data.mnist import load_mnist

__all__ = ["Dataset", "face_triples", "load_digits8x8", "load_faces", "load_files", "load_letters", "load_mnist"]
