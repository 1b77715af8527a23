-- Lets any replica begin a running turn again, at once.
-- KEYS: 1 run, 2 ready; ARGV: 1 fence, 2 conversation, 3 entry, 4 group.  Answers 1, or 0 when it was not ours
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'fence', 'nonce', 'waits')
redis.call('HINCRBY', KEYS[1], 'returned', 1)
redis.call('XACK', KEYS[2], ARGV[4], ARGV[3])
redis.call('XDEL', KEYS[2], ARGV[3])
redis.call('XADD', KEYS[2], '*', 'c', ARGV[2])
return 1
