"""What our figures are held against: the same answers with less around them."""
