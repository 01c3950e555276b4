"""Elasticsearch for the tests: the real one, installed and started by itself."""
