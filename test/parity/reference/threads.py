"""Threads of PyTorch and of the libraries under it."""

import os


def prepare_threads(threads: int) -> None:
    """Fixes the number of threads. To be called before torch is imported, because OpenBLAS and OpenMP read their
    environment once, and a pthread build of OpenBLAS does not listen to `torch.set_num_threads`.

    Waiting threads sleep: on few virtual cores a spinning OpenMP team makes two threads slower than one.
    """
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    os.environ["MKL_NUM_THREADS"] = str(threads)
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ["GOMP_SPINCOUNT"] = "0"
    import torch

    torch.set_num_threads(threads)
