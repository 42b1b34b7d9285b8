"""CUDA, to look at and to run: our own example programs, and the same product as XLA and as a Pallas kernel.

programs (what there is) -> toolkit (nvcc, the GPU) -> worker (the child process) -> record (rows, their file).
"""
