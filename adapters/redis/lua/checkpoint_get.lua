-- Reads a checkpoint with its values and pending writes. The run that reads the newest may remember from now on, and
-- only it: what an earlier one has sent may still be on its way.
-- KEYS: 1 hash; ARGV: 1 id ('' = newest), 2 ttl s, 3 turn, 4 number of its run; both '' for whoever only looks
-- Answers {id, checkpoint, value fields, values, write fields, writes} or nothing
local hash, id, ttl, turn, run = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if id == '' then
  id = redis.call('HGET', hash, 'L')
  if run then
    local open = redis.call('HMGET', hash, 'O', 'N')
    if open[1] ~= turn or tonumber(open[2]) < run then
      redis.call('HSET', hash, 'O', turn, 'N', run)
      if open[1] ~= turn then redis.call('HDEL', hash, 'W') end
      if ttl > 0 and not id then redis.call('EXPIRE', hash, ttl) end
    end
  end
end
if not id then return false end
local row = redis.call('HMGET', hash, 'c\0' .. id, 'v\0' .. id)
if not row[1] then return false end
if ttl > 0 then redis.call('EXPIRE', hash, ttl) end

local function fetch(fields)
  local values = {}
  for from = 1, #fields, 1000 do -- Lua unpacks some 8,000 words at most
    local part = redis.call('HMGET', hash, unpack(fields, from, math.min(from + 999, #fields)))
    for _, value in ipairs(part) do values[#values + 1] = value end
  end
  return values
end

local value_fields, write_fields, prefix = {}, {}, 'w\0' .. id .. '\0'
for version in string.gmatch(row[2] or '', '[^\30]+') do value_fields[#value_fields + 1] = 'b\0' .. version end
for _, field in ipairs(redis.call('HKEYS', hash)) do
  if string.sub(field, 1, #prefix) == prefix then write_fields[#write_fields + 1] = field end
end
return {id, row[1], value_fields, fetch(value_fields), write_fields, fetch(write_fields)}
