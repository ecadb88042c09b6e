"""Raw data, its preparation and split, and pixels as nets take them."""
