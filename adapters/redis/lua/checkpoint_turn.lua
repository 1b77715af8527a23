-- Ends what a turn has remembered: kept for good, or undone because the turn is run again or had no answer.
-- KEYS: 1 hash; ARGV: 1 'settle' or 'rewind', 2 turn.  Answers 1, or 0 when this turn has remembered nothing
local hash = KEYS[1]
if redis.call('HGET', hash, 'T') ~= ARGV[2] then return 0 end
local before = redis.call('HGET', hash, 'U')
redis.call('HDEL', hash, 'T', 'U')
if ARGV[1] == 'rewind' then
  if before == '' then return redis.call('UNLINK', hash) end
  redis.call('HSET', hash, 'L', before)
end

local newest, needed = redis.call('HGET', hash, 'L'), {}
for version in string.gmatch(redis.call('HGET', hash, 'v\0' .. newest) or '', '[^\30]+') do
  needed['b\0' .. version] = true
end
for _, field in ipairs(redis.call('HKEYS', hash)) do
  local kind, rest = string.sub(field, 1, 2), string.sub(field, 3)
  if ((kind == 'c\0' or kind == 'v\0') and rest ~= newest)
    or (kind == 'b\0' and not needed[field])
    or (kind == 'w\0' and string.match(rest, '^[^%z]+') ~= newest) then
    redis.call('HDEL', hash, field)
  end
end
return 1
