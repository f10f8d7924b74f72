"""Background jobs: Dramatiq runs them, periodiq sends the periodic ones.

A job is a plain function of a database session; :mod:`cellhub.workers.jobs` lists all of
them with their time and the scope they may see. Every job does whatever is due whenever
it runs, and twice does no harm: a worker that dies leaves its job to another one, and
periodiq drops a tick that no worker took within 30 seconds.
"""
