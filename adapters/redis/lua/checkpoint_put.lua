-- Stores a checkpoint and drops what the newest ones do not need.
-- KEYS: 1 hash
-- ARGV: 1 id, 2 parent, 3 compare-and-set 0|1, 4 ttl s, 5 keep (0 = all), 6 checkpoint, 7 versions, 8 turn,
--       9 number of its run or '', 10... field, value
-- Answers 1, or the id of the newest checkpoint ('' = none) when this one is stale: something newer is remembered, or
-- the run that sent it was given up
local hash, id, parent = KEYS[1], ARGV[1], ARGV[2]
local cas, ttl, keep, turn = ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[8]
local newest = redis.call('HGET', hash, 'L')
if ARGV[9] ~= '' then
  local open = redis.call('HMGET', hash, 'O', 'N')
  if open[1] ~= turn or open[2] ~= ARGV[9] then return newest or '' end
end
if cas and newest and newest ~= parent and newest ~= id then return newest end -- newest == id: sent twice
for i = 10, #ARGV, 2 do redis.call('HSET', hash, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', hash, 'c\0' .. id, ARGV[6], 'v\0' .. id, ARGV[7])
if (not newest) or id >= newest then redis.call('HSET', hash, 'L', id) end -- ids are UUIDv6: they sort by time
if turn ~= '' and newest ~= id and redis.call('HGET', hash, 'T') ~= turn then
  redis.call('HSET', hash, 'T', turn, 'U', newest or '')
end

local function drop_old()
  local fields, ids = redis.call('HKEYS', hash), {}
  for _, field in ipairs(fields) do
    if string.sub(field, 1, 2) == 'c\0' then ids[#ids + 1] = string.sub(field, 3) end
  end
  if #ids <= keep then return end
  table.sort(ids, function(a, b) return a > b end)
  local live, oldest = {}, ids[keep]
  for i = 1, keep do live[ids[i]] = true end
  live[redis.call('HGET', hash, 'U') or ''] = true
  local needed = {}
  for alive in pairs(live) do
    local versions = redis.call('HGET', hash, 'v\0' .. alive) or ''
    for version in string.gmatch(versions, '[^\30]+') do needed['b\0' .. version] = true end
  end
  for _, field in ipairs(fields) do
    local kind, rest = string.sub(field, 1, 2), string.sub(field, 3)
    local of = kind == 'w\0' and string.match(rest, '^[^%z]+')
    if ((kind == 'c\0' or kind == 'v\0') and not live[rest])
      or (kind == 'b\0' and not needed[field])
      or (of and of < oldest and not live[of]) then
      redis.call('HDEL', hash, field)
    end
  end
end

if keep > 0 then drop_old() end
if ttl > 0 then redis.call('EXPIRE', hash, ttl) end
return 1
