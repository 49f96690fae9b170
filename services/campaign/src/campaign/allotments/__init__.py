"""Allotments: money of a campaign set aside for what loyalty gives away by itself, a red packet."""
