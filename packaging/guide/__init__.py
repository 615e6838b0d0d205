"""Training recipe of the built-in Guide: a small target model and its draft."""
