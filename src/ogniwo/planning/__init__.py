"""Smart charging: composite schedules, allocation, plans and their independent referee; pure."""
