"""Raw data, its preparation, and pixels as networks see them."""
