"""The built-in encoders and decoders, one net per file."""
