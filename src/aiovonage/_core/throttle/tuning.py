"""Every tuned number of the rate control, with the experiment behind it.

The experiments are tables of the throttle simulation: a token bucket of R requests a second that stores B, latencies of
20 to 200 ms, ten minutes after the first. `docs/design/rate-control.md` derives the rules that use the numbers.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Tuning:
    """The numbers. Times are in seconds, rates in requests a second."""

    # Slots and the log ------------------------------------------------------------------------------------------------

    catch_up: float = 0.05
    """How late a request may leave without losing its slot: timers are not exact. It is GCRA's tolerance."""
    tick: float = 0.25
    """Time between two changes of the pace, and between two entries of the log."""
    log_size: int = 96
    """Entries of the log. When it is full, every second entry of the older half is dropped."""

    # Pauses -----------------------------------------------------------------------------------------------------------

    longest_wait: float = 3600.0
    """The longest `retry_after` that is accepted."""
    default_wait: float = 1.0
    """The pause after a 429 without Retry-After. It doubles while nothing is accepted between two of them."""
    longest_default_wait: float = 60.0
    """The longest pause after 429s without Retry-After."""
    long_pause: float = 5.0
    """A pause that is longer than this makes a 429 too expensive for experiments."""

    # The estimate -----------------------------------------------------------------------------------------------------

    shortest_window: float = 1.0
    """In shorter windows, latency blurs the counts."""
    latency: float = 0.05
    """How far latency moves a request across the end of a window: a quarter of the simulation's spread."""
    slowest: float = 0.2
    """No estimate is lower, so that the rate of a server that refused everything for a while is found again."""
    least_error: float = 0.005
    """Relative error of an estimate over the longest window."""
    most_error: float = 0.5
    """Relative error of an estimate, at most."""
    rough_burst: float = 0.4
    """Part of the burst by which a count may be off while the burst is not confirmed."""
    same_rate: tuple[float, float] = (0.8, 1.2)
    """An estimate outside these fractions of the previous one indicates another server: its burst is measured anew."""
    least_burst: float = 0.7
    """A confirmed burst shrinks to no less than this part at one 429."""
    most_change: float = 0.5
    """One 429 can mislead: it lowers an estimate to no less than this fraction."""
    repeated: tuple[float, float] = (0.005, 0.04)
    """Relative differences within which an estimate repeats the one before: twice its relative error more than the
    first, and at most the second. At 1,000/s a share repeats within 4 % as well."""

    small_burst: tuple[float, float] = (1.5, 0.2)
    """Requests, and seconds of the rate: a bucket that stores no more than both together is emptied by uneven latency
    alone, so a 429 is not a reason to back off. With this and the next two, a bucket of 3 at 30/s is used to 84 % in
    the mean of twelve runs, where the best constant pace reaches 85 %. With 3 requests and 0.25 s, a bucket of 5 at 5/s
    counted as small, and fewer clients that share had equal parts: 109 instead of 140 of 180 runs."""
    small_growth: tuple[float, float] = (1.5, 1.0)
    """Factor, and requests, by which the estimate of a small burst may grow at one 429."""
    small_window: float = 5.0
    """`shortest_window` of a small bucket, once the rate is known."""

    # What a pause stores ----------------------------------------------------------------------------------------------

    credit: float = 0.6
    """Part of what a pause should store that is spent right after it."""
    first_credit: float = 0.9
    """`credit` after slow start, which has just emptied the bucket. If it were 0.9 later as well, fewer clients that
    share would have equal parts: 136 instead of 145 of 180 runs at 5/s."""
    credit_time: float = 0.5
    """Time over which it is spent: all at once, too many requests would be in flight when a 429 comes."""
    credit_early: float = 2.0
    """A 429 within this time after a pause means that less was stored."""
    credit_lost: float = 0.25
    """Factor of `credit` after such a 429."""
    credit_regained: float = 0.02
    """How much `credit` regains at each other 429."""

    # Before the first 429 ---------------------------------------------------------------------------------------------

    initial_window: float = 32.0
    """Requests that may be in flight at first. With ten, as in RFC 6928, a slow server refuses fewer (at 5 requests a
    second 11 of the first hundred, not 27), but a service that makes 30 calls at once waits for three round trips."""
    window_growth: float = 1.5
    """Requests that may leave for each one that is answered, so the window grows by half in each round trip, as TCP's
    does with delayed acknowledgements."""
    answer_timeout: float = 1.0
    """Requests without an answer for this long count as lost (RFC 6298)."""
    least_refused: int = 4
    """Requests that must have been refused for the bucket to have been empty: fewer may be refused at random."""
    shortest_drain: float = 0.01
    """A shorter drain measures no rate."""
    most_misfit: float = 0.3
    """Requests by which the best rate may exceed the bounds of a drain, as a part of the accepted or the refused ones,
    whichever are fewer. If it exceeds them by more, something else than a bucket has decided, such as chance."""
    more_misfit: tuple[float, float] = (1.0, 2.0)
    """Other rates fit as well if they exceed the bounds by no more than this many requests, plus this factor of what
    the best one does. With a factor of 1.2 and clocks that are off by up to 10 ms, one range in 20 missed the rate."""
    drain_errors: tuple[float, float] = (0.25, 0.6)
    """Relative errors of the rate that fits. Up to the first, it counts as a measurement: 5,000 requests at 250/s with
    a bucket of 25 and a wait of 2 s take 1.13 times as long as with both known, not 1.23 as with a slow start that
    begins with it. Up to the second, slow start begins with it."""
    least_accepted: int = 16
    """Requests that must have been accepted for a drain that hardly measures the rate to tell the burst. Without it, a
    bucket of 3 at 30/s was used to 80.5 and 81.5 % (wait 2 and 1; means of 40 runs), with it to 81.5 and 83.1 %."""
    drain_margin: float = 0.4
    """Part of that error by which the pace begins below the rate. The rate is off by a third of it in the mean."""
    least_slow_start: float = 1.0
    """If the second 429 comes sooner, it measures nothing, and slow start goes on from a lower pace. Otherwise 5,000
    requests at 250/s with a bucket of 25 took up to 2.8 times as long as with both known, where the server decides at
    the beginning of a request's latency."""
    slow_start_tries: int = 3
    """How often it goes on like this: the 429s may be random."""
    drained_too_fast: float = 0.65
    """The factor of the pace then."""
    drained_doubling: float = 6.0
    """Time in which slow start doubles the pace then."""

    # Slow start -------------------------------------------------------------------------------------------------------

    first_pace: float = 1.0
    """The lowest pace that slow start begins with, and the slowest pace of all."""
    first_window: float = 0.5
    """`shortest_window` in slow start, where the pace has risen so fast that a second is long."""
    burst_window: float = 0.2
    """`shortest_window` before the first 429. With 1 s, 80 to 88 % of the limit were used at 170/s and wait 30, with
    this 90 to 92 %."""
    doubling: tuple[float, float] = (1.5, 3.0)
    """Time in which slow start doubles the pace, at least and at most, if the drain measures no rate.

    Slow start then begins with as many requests a second as were accepted before the first 429. If the bucket stores a
    second of the rate, that is just above the rate, and the next 429 measures it. With 1 to 2 s, 100 requests at 5/s
    take 1.10 times as long as with rate and burst known, with this 1.07."""
    doubling_requests: float = 10.0
    """It takes at least this many requests to double the pace: a count of fewer means little."""
    long_doubling: tuple[float, float] = (1.5, 3.0)
    """`doubling` where pauses are long, before it is stretched by `long_stretch`."""
    long_doubling_requests: float = 20.0
    """`doubling_requests` where pauses are long, before it is stretched."""
    long_stretch: float = 1.5
    """Factor of both: the second 429 must measure well, since the next one comes late."""
    largest_burst: float = 20.0
    """Seconds of the rate that a bucket stores, at most, where pauses are long. An estimate of more has met another
    client. With a second slow start, a client that comes 60 s later (R 170, wait 30) gets 0.80 of the other's part in
    the median and 0.20 at least, instead of 0.03 and 0.02."""

    # Cruise -----------------------------------------------------------------------------------------------------------

    margin: tuple[float, float] = (0.005, 0.03)
    """How far below the estimate the pace begins, as a part of the estimate: the first, and for its error the second
    at most."""
    margin_pause: float = 0.005
    """Seconds by which each second of the pause widens the margin's window."""
    hold_pauses: tuple[float, float] = (5.0, 65.0)
    """The pace rises above the estimate after this many pauses, at least and at most: a 429 then costs 1 to 2 %."""
    first_margin: float = 0.01
    """`margin` after slow start, at most: responses lag behind, so slow start's estimate is 2 % low in the mean."""
    burst_error: float = 0.1
    """Part of the burst by which slow start's estimate of it may be off."""
    first_hold: float = 30.0
    """Time until the pace rises above slow start's estimate, at most."""
    long_hold_pauses: float = 20.0
    """The least of `hold_pauses` where pauses are long: the price is never worth it soon."""
    hold_windows: float = 6.0
    """The pace rises above the estimate after this many times the window that measured it."""
    early: float = 0.5
    """A 429 in this first part of the hold is unexpected."""
    fresh: float = 60.0
    """Time for which an estimate is too rough for a 429 to be unexpected, and in which a second 429 after an unexpected
    one speaks of another client."""
    unexplained: tuple[float, float, float] = (0.4, 0.05, 1.0)
    """A 429 is unexplained if more tokens should have been left than the sum of these: parts of what a pause stores and
    of a second's rate, and requests."""
    backoff: float = 0.5
    """Part of the pace after an unexpected 429: if the rate has halved, this leads to the 429 that measures it."""
    backoff_recovery: float = 16.0
    """Time over which the pace would recover from a back-off by one whole pace."""
    backoff_length: float = 20.0
    """Time for which the back-off after an unexplained 429 lasts; up to half as long again where pauses are long."""
    backoff_pause: float = 15.0
    """A pause of this length would double `backoff_length`."""
    backoff_stretch: float = 0.5
    """How much longer `backoff_length` becomes, at most."""

    # Rest -------------------------------------------------------------------------------------------------------------

    rest: float = 5.0
    """Time without a request after which the bucket counts as filled again."""
    rested: float = 0.6
    """Part of the hold that a course has run at most when requests leave again: what is left is enough for a job of
    20 s at a pace below the estimate. A rate that has risen is noticed by longer jobs."""

    # Fair share -------------------------------------------------------------------------------------------------------

    least_stored: float = 0.4
    """Part of what a pause leaves unused that the bucket must store for clients to share: each turn loses the rest."""
    growth: float = 0.08
    """Part by which a pace of 1/s rises a second while clients share.

    It goes with a power of the pace: the slower client rises by the greater part. With this and the next four, two
    clients' parts are within a fifth of each other in 19 of 20 runs at 30/s and at 170/s, and in 3 of 4 at 5/s, over
    ten minutes."""
    equalizing: float = 0.4
    """The power. When it was a half and the growth went with the root of the burst as well, clients that estimated the
    burst differently settled at different parts: at 170/s, of a client that comes 300 s later 4 in 10 were within a
    fifth."""
    most_growth: float = 0.03
    """The largest `growth`: beyond it, too many of the few requests of a short turn would be refused."""
    overshoot: float = 0.6
    """Part by which the pace rises a second above the one at which the turn before ended.

    It ends the turn: more turns make the paces more equal, and a bucket that runs dry fast often refuses both clients.
    """
    cuts: tuple[float, float] = (0.2, 0.3)
    """The power of e by which the pace is cut at the end of a turn, at least and at most."""
    filled: float = 0.8
    """Part of the burst that a pause must fill for an estimate of the burst to count while clients share."""
    repetitions: tuple[int, int] = (3, 4)
    """After this many consecutive estimates that agree with the previous one, this client is alone: the first where
    estimates are exact, the second where they are rough, so that they agree by chance more often."""
    exact: float = 0.03
    """An estimate is exact if it must agree with the previous one within this part: at 30/s and above."""

    # Random 429s ------------------------------------------------------------------------------------------------------

    few_accepted: int = 75
    """Requests accepted between two 429s. A limit that is known lets more through, a server that refuses some percent
    at random does not. Clients that share a small limit get no more either, and a trial disturbs them: so the number is
    low, and each trial that fails puts off the next."""
    many_accepted: int = 1200
    """Requests accepted between two 429s once random 429s have ceased."""
    trial: int = 5
    """The number of 429s in a trial."""
    known_refusals: int = 20
    """The number of 429s from which their share is known well."""
    failed_trials: int = 3
    """Trials in a row at a pace that did well before, after which 429s are not random any more."""
    faster: float = 4.0
    """Factor from one trial's pace to the next."""
    fastest: float = 10_000.0
    """A pace that holds back no client."""
    unlike: float = 2.5
    """Times the share that was refused before the trials: more means that the share depends on the pace. That share is
    known from few 429s, so half as much again happens by luck."""
    unlike_slack: float = 0.01
    """Share that may be refused beyond `unlike`, for where nothing was refused before."""
    average: float = 0.2
    """Weight of the last trial in the moving averages of earlier ones."""
    most_refused_first: tuple[float, float] = (1.4, 1.5)
    """What the first trial may have refused: a factor of what the share before suggests, and requests. To take a limit
    for chance costs more than the other way round, so the first trial must do better than the next ones."""
    most_refused_again: tuple[float, float] = (1.6, 2.0)
    """The same for the next trials. With these, 5 % at random without a limit let through 331/s with wait 0 over ten
    seeds (93/s before), and 46/s with wait 1 (34/s before)."""
    least_accepted_first: float = 0.5
    """Part of the requests between two 429s before that the first trial must reach."""
    least_accepted_again: float = 0.4
    """The same for the next trials."""
    least_through: float = 0.4
    """The fraction of the previous pace's accepted requests per second that a trial must reach."""
    most_refused: float = 0.25
    """If a server refuses a larger share than this, no faster pace is tried."""


TUNING: Tuning = Tuning()
"""The numbers in use."""
