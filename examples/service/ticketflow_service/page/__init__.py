"""The page: an inbox and a ticket, rendered on the server. It needs no script in the browser."""
