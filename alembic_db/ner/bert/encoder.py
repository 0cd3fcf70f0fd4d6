"""What an encoder is like: sizes and the like, from the config.json that stands beside its weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic_db.errors import ModelError

# Where the kinds of BERT call the same thing by other names.
_NAMES = {
    "distilbert": {
        "hidden_size": "dim",
        "num_hidden_layers": "n_layers",
        "num_attention_heads": "n_heads",
        "intermediate_size": "hidden_dim",
        "hidden_act": "activation",
    }
}
FAMILIES = {
    "bert": "bert",
    "distilbert": "distilbert",
    "electra": "electra",
    "roberta": "roberta",
    "xlm-roberta": "roberta",
    "camembert": "roberta",
}
ACTIVATIONS = ("gelu", "gelu_new", "relu")
_SIZES = ("vocab_size", "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")


@dataclass(frozen=True)
class EncoderConfig:
    """The sizes of an encoder, whatever its family calls them."""

    family: str  # bert | distilbert | electra | roberta
    vocabulary: int  # tokens
    layers: int
    hidden: int
    heads: int
    intermediate: int
    embedding: int  # hidden, but where the embeddings are smaller (some of ELECTRA)
    positions: int  # tokens that can be told apart by place
    first_position: int  # of the first token: RoBERTa counts from behind its padding token
    token_types: int
    pad_token: int
    epsilon: float
    activation: str

    @property
    def most_tokens(self) -> int:
        """Longest input in tokens."""
        return self.positions - self.first_position

    @classmethod
    def read(cls, folder: Path) -> EncoderConfig:
        """Read config.json. ModelError if it is missing, damaged, or of a family or with an option not known here."""
        return cls.of(read_json(folder / "config.json"), str(folder / "config.json"))

    @classmethod
    def of(cls, data: dict[str, Any], source: str) -> EncoderConfig:
        """Take the sizes out of a configuration. ModelError for what cannot be run."""
        model_type = data.get("model_type", "bert")
        family = FAMILIES.get(str(model_type))
        if family is None:
            raise ModelError(
                f"{source} is of a model of the type {model_type!r}, which cannot be run.",
                hint=f"Can be run: {', '.join(FAMILIES)}.",
            )
        names = _NAMES.get(family, {})

        def size(key: str, default: int | None = None) -> int:
            value = data.get(names.get(key, key), default)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
                raise ModelError(f"{source} has no usable {names.get(key, key)} ({value!r}).", hint="Fetch it again.")
            return value

        vocabulary, layers, hidden, heads, intermediate = (size(key) for key in _SIZES)
        pad_token = size("pad_token_id", 0)
        config = cls(
            family=family,
            vocabulary=vocabulary,
            layers=layers,
            hidden=hidden,
            heads=heads,
            intermediate=intermediate,
            embedding=size("embedding_size", hidden) if family == "electra" else hidden,
            positions=size("max_position_embeddings", 512),
            first_position=pad_token + 1 if family == "roberta" else 0,
            token_types=0 if family == "distilbert" else size("type_vocab_size", 2),
            pad_token=pad_token,
            epsilon=float(data.get("layer_norm_eps", 1e-12)),
            activation=str(data.get(names.get("hidden_act", "hidden_act"), "gelu")),
        )
        config._check(source, str(data.get("position_embedding_type", "absolute")))
        return config

    def _check(self, source: str, position_type: str) -> None:
        if self.activation not in ACTIVATIONS:
            raise ModelError(f"{source} wants the activation {self.activation!r}.", hint=f"Known: {ACTIVATIONS}.")
        if position_type != "absolute":
            raise ModelError(f"{source} wants {position_type!r} positions, which cannot be run.")
        if not self.heads or self.hidden % self.heads or self.most_tokens < 8:
            raise ModelError(f"{source} is inconsistent: {self}.", hint="Fetch it again.")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of a model. ModelError if it is missing or damaged."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path.name} is missing in {path.parent}.", hint="Fetch the whole folder.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", hint="Fetch it again.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} does not hold an object.", hint="Fetch it again.")
    return data
