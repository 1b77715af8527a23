-- Stores what a task wrote before its step is complete.
-- KEYS: 1 hash; ARGV: 1 ttl s, 2 turn, 3 number of its run or '', then field, value, overwrite 0|1 of each write
-- Answers 1, or 0 when the run was given up
local hash, ttl = KEYS[1], tonumber(ARGV[1])
if ARGV[3] ~= '' then
  local open = redis.call('HMGET', hash, 'O', 'N')
  if open[1] ~= ARGV[2] or open[2] ~= ARGV[3] then return 0 end
end
for i = 4, #ARGV, 3 do
  redis.call(ARGV[i + 2] == '1' and 'HSET' or 'HSETNX', hash, ARGV[i], ARGV[i + 1])
end
if ttl > 0 then redis.call('EXPIRE', hash, ttl) end
return 1
