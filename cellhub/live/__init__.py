"""The live process: server-sent events that tell a page which of its parts changed.

A stream carries topics and nothing else; the page fetches the part again as itself, so
what it may see is decided where it always is. PostgreSQL's NOTIFY brings the pings
(:mod:`cellhub.db.notify`), one connection for all streams. While that connection is
away no stream is kept open: the browser then polls and says so, instead of showing
"Live" over a page that nobody would update.
"""
