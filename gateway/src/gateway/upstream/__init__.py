"""Asking subgraphs over HTTP: pooled, signed, in time, and never trusting what comes back."""
