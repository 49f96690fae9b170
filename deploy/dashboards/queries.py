"""PromQL that panels ask alike."""


def rate(series: str, by: str, matching: str = "") -> str:
    """How often a second, by these labels."""
    return f"sum by ({by}) (rate({series}{{{matching}}}[5m]))"


def quantile(q: float, histogram: str, matching: str = "", by: str = "") -> str:
    """The time within which this share of all was done."""
    grouped = f"{by}, le" if by else "le"
    buckets = f"sum by ({grouped}) (rate({histogram}_bucket{{{matching}}}[5m]))"
    return f"histogram_quantile({q}, {buckets})"
