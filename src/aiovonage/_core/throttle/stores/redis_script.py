"""The script that carries out an exchange in Redis: `Ledger.exchange` in Lua."""

from __future__ import annotations

from aiovonage._core.throttle.stores.ledger import CATCH_UP, CLOCK_STEP, FARTHEST, FORGET_AFTER, SEEN_LATELY

EXCHANGE = f"""
-- Does what Ledger.exchange does; see there. KEYS: the hash, the set of members.
local member, present, known, more, wanted, ahead = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local expected, token, state, interval, paused_until = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local names = {{'number', 'moment', 'interval', 'paused_until', 'void', 'issued', 'accepted', 'members', 'used_at',
    'token', 'saturated'}}
local values = redis.call('HMGET', KEYS[1], unpack(names))
local r = {{}}
local credible = true
for i, name in ipairs(names) do
    local number = tonumber(values[i] or '0')
    -- NaN differs from itself.
    if number == nil or number ~= number or math.abs(number) > 1e300 then
        credible, number = false, 0
    end
    r[name] = number
end
if not values[9] then
    r.saturated = 1
elseif not (credible and r.used_at >= now - {FORGET_AFTER} and r.used_at <= now + {CLOCK_STEP}
        and r.interval >= 0 and r.accepted >= 0 and r.paused_until <= now + {FARTHEST}
        and r.moment + (r.issued - r.number) * r.interval <= math.max(now, r.paused_until) + {FARTHEST}) then
    local members = r.members
    for _, name in ipairs(names) do
        r[name] = 0
    end
    r.members, r.saturated = members, 1
    redis.call('DEL', KEYS[1])
end

local function text(number)
    return string.format('%.17g', number)
end

if present == '1' then
    redis.call('ZADD', KEYS[2], text(now), member)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(now - {SEEN_LATELY}))
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. text(now), '+inf')
    redis.call('EXPIRE', KEYS[2], {int(SEEN_LATELY) + 1})
    r.members = redis.call('ZCARD', KEYS[2])
end

r.accepted = r.accepted + tonumber(more)

if expected ~= '' and tonumber(expected) == r.token then
    interval, paused_until = tonumber(interval), tonumber(paused_until)
    local turn = r.issued
    if r.interval > 0 then
        turn = r.number + (math.max(now, r.moment) - r.moment) / r.interval
    end
    if paused_until > now then
        r.issued = math.max(r.issued, turn)
    end
    if r.interval > 0 and interval > 2 * r.interval then
        r.issued = math.max(r.issued, turn)
        turn, r.void = r.issued, r.issued
    end
    r.number, r.moment, r.interval, r.paused_until = turn, math.max(now, paused_until), interval, paused_until
    r.token, r.saturated = tonumber(token), 1
    redis.call('HSET', KEYS[1], 'state', state)
end

local count, first = 0, 0
if r.interval > 0 then
    local part = tonumber(ahead) / (r.interval * math.max(1, r.members))
    count = math.min(tonumber(wanted), math.max(1, math.floor(part)))
end
if count > 0 then
    local due = r.number + (now - {CATCH_UP} - r.moment) / r.interval
    if due > r.issued then
        r.saturated, r.issued = 0, due
    end
    first = r.issued
    r.issued = r.issued + count
end

r.used_at = now
local fields = {{}}
for _, name in ipairs(names) do
    fields[#fields + 1] = name
    fields[#fields + 1] = text(r[name])
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('EXPIRE', KEYS[1], {int(FORGET_AFTER)})

local news = false
if r.token ~= 0 and r.token ~= tonumber(known) then
    news = redis.call('HGET', KEYS[1], 'state')
end
return {{text(now), text(r.token), news, text(r.number), text(r.moment), text(r.interval), text(r.paused_until),
    text(r.void), text(first), text(count), text(r.accepted), text(r.saturated), text(r.members)}}
"""
