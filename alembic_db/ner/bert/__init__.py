"""One small BERT of our own: AIONER's weights and Hugging Face's in, a LiteRT graph out, labels and spans from it."""
