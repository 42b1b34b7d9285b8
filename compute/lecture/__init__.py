"""What the lecture computes. The demos of `pages/_lecture` draw it."""
