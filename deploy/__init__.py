"""How the platform runs in a cluster, and the checks that keep its manifests true to the code."""
