"""The data of the course, and the batches in which it is dealt out."""
