"""Write sipp's scenarios: what each message is, from a few plain values."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

PROGRESS_CODES = (180, 181, 182, 183)
REFUSAL_CODES = (
    *(
        400,
        401,
        402,
        403,
        404,
        405,
        406,
        407,
        408,
        410,
        415,
        420,
        480,
        481,
        482,
        483,
        484,
        485,
        486,
        487,
        488,
        491,
    ),
    *(500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606, 607),
)


def register(expires: int) -> str:
    """Register with digest and end, accepted or not."""
    return _render("register", expires=expires)


def call(
    *, digest: bool, talk_ms: int, cancel_ms: int | None, media: str, headers: tuple[str, ...] = ()
) -> str:
    """Call, talk, hang up; with ``cancel_ms`` cancel that long after it rang.

    ``media`` names a file of raw A-law that is played while talking; empty plays nothing.
    ``headers`` are further lines of the INVITE.
    """
    return _render(
        "call",
        tries=(False, True) if digest else (False,),
        talk_ms=talk_ms,
        cancel_ms=cancel_ms,
        media=media,
        headers=headers,
        progress_codes=PROGRESS_CODES,
        refusal_codes=REFUSAL_CODES,
    )


def far_end(answer: str, ring_ms: int) -> str:
    """Answer each call with a SIP code, or with ``ring``, ``early`` or ``silence`` for ever."""
    return _render("far_end", answer=answer, ring_ms=ring_ms)


def _render(name: str, **values: object) -> str:
    return _environment().get_template(f"{name}.xml.jinja2").render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("cellhub.switch.sipp", "scenarios"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  SIP messages inside CDATA; the values are numbers and codes
        trim_blocks=True,
        lstrip_blocks=True,
    )
