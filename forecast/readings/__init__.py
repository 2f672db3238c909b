"""What is read off the draws: events and facts, worlds, sums that merge, and exact values beside them."""
