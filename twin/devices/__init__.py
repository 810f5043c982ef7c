"""Device models: clockless state machines that speak the same bytes as the machines they stand for."""
