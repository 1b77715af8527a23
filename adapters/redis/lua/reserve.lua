-- Reserves the next free place of a rate, by the server's clock, so that replicas agree.
-- KEYS: 1 when the next place comes up; ARGV: 1 milliseconds between places, 2 places free after a rest
-- Answers milliseconds to wait
local time, gap = redis.call('TIME'), tonumber(ARGV[1])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local place = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - gap * (tonumber(ARGV[2]) - 1))
local life = math.max(1, math.ceil(place + gap * tonumber(ARGV[2]) - now))
redis.call('SET', KEYS[1], string.format('%.3f', place + gap), 'PX', life)
return math.max(0, math.ceil(place - now))
