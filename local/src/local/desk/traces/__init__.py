"""Traces: received by OTLP, kept within bounds, shown."""
