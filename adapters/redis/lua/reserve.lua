-- Reserves the next free place of every rate, by the server's clock, so that replicas agree.
-- KEYS: when the next place of each rate comes up
-- ARGV: 1 milliseconds to wait at most, -1 for any; then for each rate milliseconds between places, places free after a rest
-- Answers milliseconds to wait for the last of them; nothing is reserved when that is more than wanted
local time, longest = redis.call('TIME'), tonumber(ARGV[1])
local now, wait, places = time[1] * 1000 + math.floor(time[2] / 1000), 0, {}
for i, key in ipairs(KEYS) do
  local gap, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  places[i] = math.max(tonumber(redis.call('GET', key) or 0), now - gap * (burst - 1))
  wait = math.max(wait, math.ceil(places[i] - now))
end
if longest >= 0 and wait > longest then return wait end
for i, key in ipairs(KEYS) do
  local gap, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local life = math.max(1, math.ceil(places[i] + gap * burst - now))
  redis.call('SET', key, string.format('%.3f', places[i] + gap), 'PX', life)
end
return wait
