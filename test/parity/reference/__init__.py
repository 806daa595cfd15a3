"""What kdx trains, written a second time in plain PyTorch (1.13 and later), to compare kdx with."""
