"""The rules of selling calls, as functions of plain values.

Nothing here knows a web request, a database or a softswitch; what comes in is what the
caller has read, and what goes out is what the caller must write. The words:

When somebody dials, the agent asks for a **verdict**: ``ok``, or one of eleven reasons
to refuse, each with its own SIP code (:mod:`~cellhub.domain.admission`). Before that the
dialled text becomes a number (:mod:`~cellhub.domain.numbers`), the number finds its rate
by source and longest prefix (:mod:`~cellhub.domain.selection`), and the trunks are put in
order (:mod:`~cellhub.domain.routing`). One attempt on one trunk is a **leg**.

Every account that a call debits is a **payer**: the client, and each reseller above it.
The chain is written from the top down. The first pays the wholesale price and each
further one that price with the margins of all above it, since a reseller's margin is
what it earns on those below.

A call never runs on money that somebody else may spend meanwhile. Each payer sets aside
a **hold**, which pays for a **slice**: some seconds of the call, 60 at first. Half-way
through a slice the agent asks for an **extension**, the next slice, and a longer one.
If it is not granted the call ends by itself at its deadline, two seconds of grace after
the last second that was paid. The smallest slice that any payer of the chain can afford
counts for all, and one that the money made shorter is the last.

At the end comes the **settlement**: the true seconds of the callee's leg are priced for
each payer by the price of the check, the whole hold is given back, and the call is final
(:mod:`~cellhub.domain.settlement`). Prices are exact until one rounding at the very end
(:mod:`~cellhub.domain.rating`), and money is never a float (:mod:`~cellhub.domain.money`).
"""
