-- Take one token of each bucket, or none and say when to come again. One bucket is one hash:
--   tokens, at   how many there were, and when          shut         closed until
--   line         the last time that was told to anybody  hurt, hurt_until   see close.lua
--   seen         when it was last written: if that lies ahead, the clock was set back, and what it says is void
-- KEYS: the buckets. ARGV: now (0 = the server's own clock, which all workers share), reserve, waited (1 or 0), and for
-- each bucket tokens a second and burst. Returns 0, or microseconds to wait.
local now = tonumber(ARGV[1])
if now == 0 then
    local time = redis.call('TIME')
    now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local reserve, waited = tonumber(ARGV[2]), ARGV[3] == '1'
local buckets, come, refused = {}, now, {}

for number, key in ipairs(KEYS) do
    local kept = redis.call('HMGET', key, 'tokens', 'at', 'shut', 'line', 'hurt_until', 'seen')
    if (tonumber(kept[6]) or 0) > now + 1 then
        redis.call('DEL', key)
        kept = {}
    end
    local speed, burst = tonumber(ARGV[2 * number + 2]), tonumber(ARGV[2 * number + 3])
    local one = {
        key = key, at = tonumber(kept[2]) or now, shut = tonumber(kept[3]) or 0, line = tonumber(kept[4]) or 0,
        hurt_until = tonumber(kept[5]) or 0, back = burst / speed,
    }
    one.tokens = math.min(burst, (tonumber(kept[1]) or burst) + math.max(now - one.at, 0) * speed)
    one.at = math.max(now, one.at)
    buckets[number] = one
    -- A thousandth of a token is forgiven to the arithmetic.
    local missing = 1 + math.min(reserve, burst - 1) - one.tokens
    local ready = one.shut
    if missing > 0.001 then
        ready = math.max(ready, one.at + missing / speed)
    end
    if ready > now or (not waited and one.line > now) then
        -- Each line moves by its own step only: a narrow bucket's long one must not become everybody's.
        one.turn = math.max(ready, one.line + 1 / speed)
        refused[#refused + 1] = one
        come = math.max(come, one.turn)
    end
end

local changed = buckets
if #refused > 0 then
    changed = reserve > 0 and {} or refused
    for _, one in ipairs(changed) do
        one.line = one.turn
    end
else
    for _, one in ipairs(buckets) do
        one.tokens = one.tokens - 1
    end
end
for _, one in ipairs(changed) do
    redis.call('HSET', one.key, 'tokens', string.format('%.9f', one.tokens), 'at', string.format('%.6f', one.at),
        'line', string.format('%.6f', one.line), 'seen', string.format('%.6f', now))
    -- Nobody needs it once it is full again, open, and its line is over.
    local last = math.max(one.at + one.back, one.shut, one.line, one.hurt_until)
    redis.call('EXPIRE', one.key, math.ceil(last - now) + 60)
end
return #refused > 0 and math.ceil((come - now) * 1000000) or 0
