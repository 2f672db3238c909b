"""What the service does when it is asked: finding scenarios, pricing and computing, runs, new versions."""
