-- Close a bucket for some seconds; it reopens with one token. The wide one remembers which narrow one the platform closed:
-- if another was closed meanwhile, it is the wide limit that was hit, and it is closed as well.
-- KEYS: narrow, wide (may be the same). ARGV: now (0 = the server's own clock), seconds.
local now = tonumber(ARGV[1])
if now == 0 then
    local time = redis.call('TIME')
    now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local seconds = tonumber(ARGV[2])
local till = now + seconds
local stamp = string.format('%.6f', till)

local function keep(key, until_)
    local ttl = redis.call('TTL', key)
    redis.call('EXPIRE', key, math.max(ttl, math.ceil(until_ - now) + 60))
end

local function shut(key)
    if (tonumber(redis.call('HGET', key, 'shut') or '') or 0) < till then
        redis.call('HSET', key, 'shut', stamp, 'at', stamp, 'tokens', '1', 'seen', string.format('%.6f', now))
    end
    keep(key, till)
end

local narrow, wide = KEYS[1], KEYS[2]
shut(narrow)
local known = redis.call('HMGET', wide, 'hurt', 'hurt_until')
if known[1] and known[1] ~= narrow and tonumber(known[2]) > now then
    shut(wide)
end
redis.call('HSET', wide, 'hurt', narrow, 'hurt_until', stamp)
keep(wide, till)
return 0
