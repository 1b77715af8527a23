-- Renews the leases of what runs here and says what must end.
-- KEYS: 1 ready, 2 stops, 3... run of each turn; ARGV: 1 group, 2 consumer, then entry, fence, turn of each
-- Answers {entries that another replica has, entries that were stopped}
local lost, stopped = {}, {}
for i = 3, #KEYS do
  local at = 3 * (i - 2)
  local entry, fence, turn = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if redis.call('HGET', KEYS[i], 'fence') == fence then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, entry, 'JUSTID')
    if redis.call('HEXISTS', KEYS[2], turn) == 1 then stopped[#stopped + 1] = entry end
  else
    lost[#lost + 1] = entry
  end
end
return {lost, stopped}
