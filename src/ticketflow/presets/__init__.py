"""Ready-made rule sets: real help desks, each as one value of `ticketflow.rules.ruleset.Rules`."""
