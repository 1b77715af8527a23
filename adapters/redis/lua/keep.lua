-- Writes one field of a running turn, unless another replica has it.
-- KEYS: 1 run; ARGV: 1 fence, 2 field, 3 value.  Answers 1, or 0 when refused
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1
