"""Fuzz targets, one a parser, each with its corpus; `python -m tests.fuzz TARGET` runs one under atheris where that is installed."""
