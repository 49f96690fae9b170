"""Clubs: members with one interest, who belongs to them, and since when."""
