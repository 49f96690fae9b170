"""Admission: who may take part in what a unit offers to some of its members."""
