-- Stores a turn once.
-- KEYS: 1 seen, 2 inbox, 3 scheduled, 4 ready, 5 counts, 6 rate of this asker
-- ARGV: 1 seconds to remember, 2 payload, 3 conversation, 4 most waiting, 5 most in one conversation,
--       6 milliseconds a turn costs, 7 turns in one burst
-- Answers {outcome, turns ahead, milliseconds to wait, or 1 for a duplicate of a turn that has ended}
local seen = redis.call('GET', KEYS[1])
if seen then
  redis.call('EXPIRE', KEYS[1], ARGV[1]) -- a write on this connection: WAIT then covers the first delivery too
  return {'duplicate', string.sub(seen, 1, 5) == 'done:' and 1 or 0}
end
local ahead = redis.call('LLEN', KEYS[2])
if ahead >= tonumber(ARGV[5]) then return {'busy', ahead} end
local waiting = tonumber(redis.call('HGET', KEYS[5], 'waiting') or 0)
if waiting >= tonumber(ARGV[4]) then return {'busy', waiting} end

local cost, burst = tonumber(ARGV[6]), tonumber(ARGV[7])
if cost > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local due = math.max(tonumber(redis.call('GET', KEYS[6]) or now), now) + cost
  if due - now > cost * burst then return {'too_fast', math.ceil(due - now - cost * burst)} end
  redis.call('SET', KEYS[6], string.format('%.0f', due), 'PX', math.ceil(due - now))
end

redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('HINCRBY', KEYS[5], 'waiting', 1)
if redis.call('HSETNX', KEYS[3], ARGV[3], '1') == 1 then redis.call('XADD', KEYS[4], '*', 'c', ARGV[3]) end
return {'accepted', ahead}
