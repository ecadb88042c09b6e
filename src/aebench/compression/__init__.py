"""Images to bytes and back: by trained models, with loss or without, and by traditional means."""
