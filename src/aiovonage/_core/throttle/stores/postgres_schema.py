"""The tables in Postgres, and the function that carries out an exchange: `Ledger.exchange` in PL/pgSQL."""

from __future__ import annotations

from aiovonage._core.throttle.stores.ledger import CATCH_UP, CLOCK_STEP, FARTHEST, FORGET_AFTER, SEEN_LATELY

NAME = "aiovonage_throttle"
"""The name of the table and the function. If the format of either changes, the name must change."""

SCHEMA = f"""
CREATE UNLOGGED TABLE IF NOT EXISTS {NAME} (
    queue text PRIMARY KEY,
    token bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT '',
    number float8 NOT NULL DEFAULT 0,
    moment float8 NOT NULL DEFAULT 0,
    "interval" float8 NOT NULL DEFAULT 0,
    paused_until float8 NOT NULL DEFAULT 0,
    void float8 NOT NULL DEFAULT 0,
    issued float8 NOT NULL DEFAULT 0,
    saturated boolean NOT NULL DEFAULT true,
    accepted bigint NOT NULL DEFAULT 0,
    members int NOT NULL DEFAULT 0,
    used_at float8
) WITH (fillfactor = 50);
-- The state is long and seldom changes: out of line, it is not written again with every exchange.
ALTER TABLE {NAME} ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE UNLOGGED TABLE IF NOT EXISTS {NAME}_member (
    queue text NOT NULL, member text NOT NULL, seen float8 NOT NULL, PRIMARY KEY (queue, member)
);

-- Does what Ledger.exchange does; see there.
CREATE OR REPLACE FUNCTION {NAME}_exchange(
    ask_queue text, ask_member text, present boolean, known bigint, more_accepted bigint, wanted int, ahead float8,
    expected bigint, new_token bigint, new_state text, new_interval float8, new_paused_until float8,
    OUT now_ float8, OUT token_ bigint, OUT state_ text, OUT number_ float8, OUT moment_ float8, OUT interval_ float8,
    OUT paused_until_ float8, OUT void_ float8, OUT first_ float8, OUT count_ int, OUT accepted_ bigint,
    OUT saturated_ boolean, OUT members_ int
) LANGUAGE plpgsql AS $$
DECLARE
    r {NAME}%ROWTYPE;
    turn float8;
    largest CONSTANT float8 := 1e300;  -- NaN is greater than any number
    changed boolean := false;
BEGIN
    SELECT * INTO r FROM {NAME} t WHERE t.queue = ask_queue FOR UPDATE;
    IF NOT FOUND THEN
        -- A new queue is the moment to remove those that were forgotten long ago.
        DELETE FROM {NAME} t WHERE t.queue IN (
            SELECT o.queue FROM {NAME} o
            WHERE o.used_at < extract(epoch FROM clock_timestamp()) - 2 * {FORGET_AFTER} FOR UPDATE SKIP LOCKED
        );
        INSERT INTO {NAME} (queue) VALUES (ask_queue) ON CONFLICT DO NOTHING;
        SELECT * INTO r FROM {NAME} t WHERE t.queue = ask_queue FOR UPDATE;
    END IF;
    now_ := extract(epoch FROM clock_timestamp());

    IF r.used_at IS NOT NULL AND NOT (
        abs(r.number) < largest AND abs(r.moment) < largest AND abs(r."interval") < largest
        AND abs(r.paused_until) < largest AND abs(r.void) < largest AND abs(r.issued) < largest
        AND r.used_at BETWEEN now_ - {FORGET_AFTER} AND now_ + {CLOCK_STEP}
        AND r."interval" >= 0 AND r.accepted >= 0 AND r.paused_until <= now_ + {FARTHEST}
        AND r.moment + (r.issued - r.number) * r."interval" <= greatest(now_, r.paused_until) + {FARTHEST}
    ) THEN
        r.token := 0; r.state := ''; r.number := 0; r.moment := 0; r."interval" := 0; r.paused_until := 0;
        r.void := 0; r.issued := 0; r.saturated := true; r.accepted := 0;
        changed := true;
    END IF;

    IF present THEN
        INSERT INTO {NAME}_member VALUES (ask_queue, ask_member, now_)
            ON CONFLICT (queue, member) DO UPDATE SET seen = excluded.seen;
        DELETE FROM {NAME}_member m WHERE m.queue = ask_queue AND m.seen NOT BETWEEN now_ - {SEEN_LATELY} AND now_;
        SELECT count(*) INTO r.members FROM {NAME}_member m WHERE m.queue = ask_queue;
    END IF;

    r.accepted := r.accepted + more_accepted;

    IF expected = r.token THEN
        turn := r.issued;
        IF r."interval" > 0 THEN
            turn := r.number + (greatest(now_, r.moment) - r.moment) / r."interval";
        END IF;
        IF new_paused_until > now_ THEN
            r.issued := greatest(r.issued, turn);
        END IF;
        IF r."interval" > 0 AND new_interval > 2 * r."interval" THEN
            r.issued := greatest(r.issued, turn);
            turn := r.issued;
            r.void := r.issued;
        END IF;
        r.number := turn; r.moment := greatest(now_, new_paused_until); r."interval" := new_interval;
        r.paused_until := new_paused_until; r.token := new_token; r.state := new_state; r.saturated := true;
        changed := true;
    END IF;

    count_ := 0;
    first_ := 0;
    IF r."interval" > 0 THEN
        count_ := least(
            wanted, greatest(1, floor(least(1e6, ahead / (r."interval" * greatest(1, r.members))))::int)
        );
    END IF;
    IF count_ > 0 THEN
        turn := r.number + (now_ - {CATCH_UP} - r.moment) / r."interval";
        IF turn > r.issued THEN
            r.saturated := false;
            r.issued := turn;
        END IF;
        first_ := r.issued;
        r.issued := r.issued + count_;
    END IF;

    IF changed THEN
        UPDATE {NAME} t SET token = r.token, state = r.state, number = r.number, moment = r.moment,
            "interval" = r."interval", paused_until = r.paused_until, void = r.void, issued = r.issued,
            saturated = r.saturated, accepted = r.accepted, members = r.members, used_at = now_
        WHERE t.queue = ask_queue;
    ELSE
        UPDATE {NAME} t SET issued = r.issued, saturated = r.saturated, accepted = r.accepted, members = r.members,
            used_at = now_
        WHERE t.queue = ask_queue;
    END IF;

    token_ := r.token; number_ := r.number; moment_ := r.moment; interval_ := r."interval";
    paused_until_ := r.paused_until; void_ := r.void; accepted_ := r.accepted; saturated_ := r.saturated;
    members_ := r.members;
    IF r.token <> known AND r.token <> 0 THEN
        state_ := r.state;
    END IF;
END $$
"""

EXCHANGE = f"SELECT * FROM {NAME}_exchange(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
