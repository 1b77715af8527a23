-- Lets go of a lock, if it is still held by this holder.
-- KEYS: 1 lock; ARGV: 1 holder.  Answers 1, or 0 when it was not
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
