"""Training of the compact model, from gold corpora to the files under models/: needs the extra `train`."""
