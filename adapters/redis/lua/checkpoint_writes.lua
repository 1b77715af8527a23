-- Stores what a task wrote before its step is complete.
-- KEYS: 1 hash; ARGV: 1 ttl s, then field, value, overwrite 0|1 of each write
local hash, ttl = KEYS[1], tonumber(ARGV[1])
for i = 2, #ARGV, 3 do
  redis.call(ARGV[i + 2] == '1' and 'HSET' or 'HSETNX', hash, ARGV[i], ARGV[i + 1])
end
if ttl > 0 then redis.call('EXPIRE', hash, ttl) end
return 1
