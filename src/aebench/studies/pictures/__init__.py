"""Pictures of studies: each module chooses what is drawn of the results, `plots` draws it."""
