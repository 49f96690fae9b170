"""Lottery: prizes by odds that everybody sees, and draws that anybody can check afterwards."""
