-- A replica goes: what it has read and not run is for the others, at once.
-- KEYS: 1 ready; ARGV: 1 group, 2 consumer.  Answers how many entries were handed over
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
for _, item in ipairs(pending) do
  local entry = redis.call('XRANGE', KEYS[1], item[1], item[1])[1]
  redis.call('XACK', KEYS[1], ARGV[1], item[1])
  redis.call('XDEL', KEYS[1], item[1])
  if entry then redis.call('XADD', KEYS[1], '*', 'c', entry[2][2]) end
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return #pending
