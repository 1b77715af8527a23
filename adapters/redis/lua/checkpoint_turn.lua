-- Ends what a turn has remembered: kept for good, or undone because the turn is run again or had no answer.
-- KEYS: 1 hash; ARGV: 1 'settle' or 'rewind', 2 turn, 3 ttl s, 4 number of the turn's next run
-- Answers 1 when a run of this turn has come to its end, be that undone already, else 0
local hash, settle, turn, run = KEYS[1], ARGV[1] == 'settle', ARGV[2], ARGV[4]
local open = redis.call('HMGET', hash, 'O', 'N', 'W')
if not settle and open[1] == turn and tonumber(open[2]) >= tonumber(run) then
  return open[2] == run and open[3] == '1' and 1 or 0 -- sent twice, or overtaken by a later run
end
local wrote = redis.call('HGET', hash, 'T') == turn
if settle then
  if open[1] == turn then redis.call('HDEL', hash, 'O', 'N', 'W') end
else -- no earlier run may remember from now on
  local ended = wrote or (open[1] == turn and open[3] == '1')
  redis.call('HSET', hash, 'O', turn, 'N', run, 'W', ended and '1' or '')
  if tonumber(ARGV[3]) > 0 then redis.call('EXPIRE', hash, ARGV[3]) end
end
if not wrote then return redis.call('HGET', hash, 'W') == '1' and 1 or 0 end

local newest, needed = redis.call('HGET', hash, 'L'), {}
if not settle then
  newest = redis.call('HGET', hash, 'U')
  if newest == '' then redis.call('HDEL', hash, 'L') else redis.call('HSET', hash, 'L', newest) end
end
redis.call('HDEL', hash, 'T', 'U')
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
