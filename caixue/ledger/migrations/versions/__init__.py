"""The revisions, in order. What is released is not changed any more; there is no way down: back means restore a backup."""
