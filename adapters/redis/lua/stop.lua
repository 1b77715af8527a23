-- Marks the asker's turn as stopped and tells the replica that runs it.
-- KEYS: 1 inbox, 2 stops; ARGV: 1 turn ('' = their first), 2 asker, 3 channel.  Answers the turn's id or nothing
for _, waiting in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local turn, asker = string.match(waiting, '^([^\n]*)\n([^\n]*)\n')
  if asker == ARGV[2] and (ARGV[1] == '' or ARGV[1] == turn) then
    redis.call('HSET', KEYS[2], turn, '1')
    redis.call('PUBLISH', ARGV[3], turn)
    return turn
  end
end
return false
