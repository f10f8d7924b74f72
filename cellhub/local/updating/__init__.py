"""Updates of one machine: `cellhub update` brings a signed release to what `cellhub run` has started."""
