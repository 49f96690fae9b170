"""The arms: partners, touchpoints, delivery, orders, commission."""
