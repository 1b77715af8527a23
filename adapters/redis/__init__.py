"""Everything kept in Redis or Valkey: the queue of turns, the conversations' memory, tokens, limits, the audit trail.

Plain commands and Lua scripts only, so any server from version 6.2 on will do, in cluster mode too.
"""
