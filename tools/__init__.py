"""Scripts behind the Makefile; no part of the product."""
