"""One file per outside service: payments, roaming, prices, forecasts, site meters, certificates."""
