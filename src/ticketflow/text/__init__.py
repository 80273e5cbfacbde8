"""What people read: sentences, timelines and diagrams, in any language that has a catalog."""
