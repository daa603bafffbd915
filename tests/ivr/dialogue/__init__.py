"""Tests of the dialogues, without any telephone."""
