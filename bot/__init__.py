"""The running product: settings, wiring, one turn in and one reply out."""
