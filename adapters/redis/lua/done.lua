-- Ends a turn and lets the conversation's next one run, behind the other conversations that wait.
-- KEYS: 1 run, 2 inbox, 3 scheduled, 4 ready, 5 counts, 6 stops, 7 seen, 8 audit, 9 dead
-- ARGV: 1 fence, 2 conversation, 3 entry, 4 group, 5 turn, 6 seconds to remember, 7 audit line, 8 most audit lines,
--       9 dead letter or ''
-- Answers 1 (also when sent again), or 0 when another replica has the turn
local mark = 'done:' .. ARGV[1]
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return redis.call('GET', KEYS[7]) == mark and 1 or 0
end
local head = redis.call('LINDEX', KEYS[2], 0)
if head and string.match(head, '^[^\n]*') == ARGV[5] then
  redis.call('LPOP', KEYS[2])
  redis.call('HINCRBY', KEYS[5], 'waiting', -1)
end
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[6], ARGV[5])
redis.call('SET', KEYS[7], mark, 'EX', ARGV[6])
redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[8], '*', 'e', ARGV[7])
if ARGV[9] ~= '' then redis.call('XADD', KEYS[9], 'MAXLEN', '~', 1000, '*', 'e', ARGV[9]) end
redis.call('XACK', KEYS[4], ARGV[4], ARGV[3])
redis.call('XDEL', KEYS[4], ARGV[3])
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('XADD', KEYS[4], '*', 'c', ARGV[2])
else
  redis.call('HDEL', KEYS[3], ARGV[2])
end
return 1
