-- Begins the turn at the head of a conversation. Sent twice with one nonce it begins it once.
-- KEYS: 1 ready, 2 inbox, 3 run, 4 stops, 5 counts, 6 scheduled
-- ARGV: 1 group, 2 consumer, 3 entry, 4 conversation, 5 nonce, 6 crashes with which it waits, or 0,
--       7 '1' when it only waits at that replica as yet, else ''
-- Answers {payload, fence, attempt, given back, placeholder, stopped, '1' when it waits, reply}, or nothing when the
-- entry is not ours any more
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
if #pending == 0 or pending[1][2] ~= ARGV[2] then return false end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID') -- the lease counts from now
local head = redis.call('LINDEX', KEYS[2], 0)
if not head then
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
  redis.call('XDEL', KEYS[1], ARGV[3])
  redis.call('HDEL', KEYS[6], ARGV[4])
  redis.call('DEL', KEYS[3])
  return false
end
if redis.call('HGET', KEYS[3], 'nonce') ~= ARGV[5] then
  local before = redis.call('HMGET', KEYS[3], 'attempt', 'returned', 'waits')
  local waited = before[3] == '1' and 1 or 0 -- its replica died while it waited there: that was not its doing
  local crashes, most = tonumber(before[1] or 0) - tonumber(before[2] or 0) - waited, tonumber(ARGV[6])
  local waits = (most > 0 and crashes >= most) and '1' or ARGV[7]
  if waited == 1 then redis.call('HINCRBY', KEYS[3], 'returned', 1) end
  local fence = redis.call('HINCRBY', KEYS[5], 'fence', 1) -- never repeats, so an old claim never becomes valid again
  redis.call('HSET', KEYS[3], 'fence', fence, 'nonce', ARGV[5], 'waits', waits)
  redis.call('HINCRBY', KEYS[3], 'attempt', 1)
end
local run = redis.call('HMGET', KEYS[3], 'fence', 'attempt', 'returned', 'placeholder', 'waits', 'reply')
local stopped = redis.call('HEXISTS', KEYS[4], string.match(head, '^[^\n]*'))
return {head, run[1], run[2], run[3] or '0', run[4] or '', stopped, run[5] or '', run[6] or ''}
