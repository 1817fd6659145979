"""The data of the course, and the batches in which it is dealt out.

batches
    `Batches` and `load_array`: mini-batches of tensors that lie in memory.
synthetic
    `synthetic_data`: a linear regression problem.
fashion_mnist
    `load_data_fashion_mnist`: the images, their files checked to the byte.
"""
