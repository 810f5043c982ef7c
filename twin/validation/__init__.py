"""The engines against what queueing theory knows exactly: models, estimates with their intervals, and the page that shows both."""
