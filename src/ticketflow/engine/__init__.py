"""The engine: it decides commands, evaluates what is due at an instant, and applies plans to tickets."""
