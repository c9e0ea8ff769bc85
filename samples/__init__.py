"""Four invented sample reports and the script that makes them."""
