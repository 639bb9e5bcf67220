"""What people see of a run: its pictures and the page that holds them together."""
