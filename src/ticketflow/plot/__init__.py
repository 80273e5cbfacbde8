"""Pictures of tickets, calendars, workflows, reports and what-if results, with matplotlib. They need the extra `plot`.

Each function takes the axes to draw on, or makes a new figure, and returns the axes. ``ax.figure.savefig("out.svg")``
writes a file.

>>> from ticketflow import BusinessCalendar, plot
>>> ax = plot.plot_calendar(BusinessCalendar("UTC", "mon-fri 09:00-18:00"), 2026)
>>> ax.get_title(loc="left")
'open hours of each date, 2026, UTC'
"""

from ticketflow.plot.pictures import plot_calendar, plot_comparison, plot_reports, plot_ticket, plot_workflow

__all__ = ["plot_calendar", "plot_comparison", "plot_reports", "plot_ticket", "plot_workflow"]
