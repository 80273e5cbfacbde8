"""Rule sets: triggers, actions, automations and ladders, and the check of a whole definition when it is built."""
