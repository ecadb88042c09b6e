"""The built-in encoders and decoders, a file a net."""
