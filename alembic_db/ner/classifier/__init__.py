"""Token classifiers as Hugging Face has them."""
