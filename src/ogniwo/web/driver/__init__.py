"""The driver's pages: a charging point by its code, and the driver's account."""
