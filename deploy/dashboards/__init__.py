"""Dashboards for Grafana: written here, committed as the JSON that it reads."""
