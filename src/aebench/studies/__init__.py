"""Studies: a grid of variants of a recipe over seeds, and claims that the results test.

`config` reads `studies/NAME.yaml`, `grid` makes its cells, `tune` chooses settings beforehand, and
`check` finds mistakes before anything is trained. `runner` runs the cells. `table` turns outcomes
into rows, `claims` rows into verdicts, `study_page` and `claims_page` write pages, and `pictures`
draws.
"""
