"""Place a call through the running installation and print its bill; exit 1 unless it went as told."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from cellhub.domain.numbers import NumberError, normalise
from cellhub.environment import read
from cellhub.local import billtext, demo_switch
from cellhub.local.installation import Installation
from cellhub.local.settings import LocalSettings
from cellhub.local.testcall import ANSWER, NUMBER, Order, check_running, place
from cellhub.switch.sipp.far_end import ANSWERS, EARLY, RING, SILENCE

NOT_AS_TOLD = 1
LONGEST_SECONDS = 3600
MOST_CALLS = 100
_REFUSAL = re.compile(r"[3-6][0-9]{2}")
# What sipp can carry in a field of its file.
_SECRET = re.compile(r"[^\s;\[\]\"]{1,200}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("number", nargs="?", type=_number, default=NUMBER, help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=_seconds, default=5.0, help="how long to talk; default: %(default)g"
    )
    parser.add_argument("--sip-user", default=demo_switch.SIP_USER, help="who calls; default: %(default)s")
    parser.add_argument("--secret-file", type=_secret, help="file with the secret of another SIP user")
    parser.add_argument(
        "--answer",
        type=_answer,
        default=ANSWER,
        metavar="ANSWER",
        help=f"the far end's: {ANSWERS}; default: 200",
    )
    parser.add_argument(
        "--second-answer",
        type=_answer,
        default=ANSWER,
        metavar="ANSWER",
        help="the same for the second trunk, which is tried where the first one fails; default: 200",
    )
    parser.add_argument("--parallel", type=_calls, default=1, metavar="N", help="place N calls at once")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")


def run(arguments: argparse.Namespace) -> int:
    """Place the call and print what became of it."""
    order = Order(
        number=arguments.number,
        seconds=arguments.seconds,
        sip_user=arguments.sip_user,
        secret=arguments.secret_file or "",
        answers=(arguments.answer, arguments.second_answer),
        parallel=arguments.parallel,
    )
    installation = Installation(read(LocalSettings))
    check_running(installation)
    if not arguments.json:
        print(billtext.announcement(order), flush=True)
    placed = place(installation, order)
    print(billtext.document(placed) if arguments.json else billtext.text(placed))
    return 0 if placed.as_told else NOT_AS_TOLD


def _number(text: str) -> str:
    try:
        normalise(text)
    except NumberError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 < seconds <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write seconds above 0 and up to {LONGEST_SECONDS}, such as 5."
        )
    return seconds


def _answer(text: str) -> str:
    if text not in (ANSWER, RING, EARLY, SILENCE) and not _REFUSAL.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: write {ANSWERS}.")
    return text


def _calls(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_CALLS):
        raise argparse.ArgumentTypeError(f"{text!r}: write a number of calls from 1 to {MOST_CALLS}.")
    return int(text)


def _secret(text: str) -> str:
    """Read the secret now, so that it is on no command line and a wrong name is told at once."""
    try:
        secret = Path(text).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise argparse.ArgumentTypeError(f"{text}: {reason}; name a file that holds the secret.") from error
    if not _SECRET.fullmatch(secret):
        raise argparse.ArgumentTypeError(
            f'{text}: must hold the secret in one line, without spaces, ; [ ] or ".'
        )
    return secret
