// Keeps the Agents Playground on this machine: it has no setting for the host and looks up its telemetry's.
const net = require('net'), dns = require('dns');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === 'object' && first.port !== undefined) {
    first = { ...first, host: '127.0.0.1' };
  } else if (/^\d+$/.test(String(first))) {
    if (typeof rest[0] === 'string') rest[0] = '127.0.0.1'; else rest.unshift('127.0.0.1');
  }
  return listen.call(this, first, ...rest);
};
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);
const lookup = dns.lookup;
dns.lookup = function (host, options, callback) {
  if (LOCAL.has(host)) return lookup.call(this, host, options, callback);
  const done = typeof options === 'function' ? options : callback;
  process.nextTick(done, Object.assign(new Error('blocked: ' + host), { code: 'ENOTFOUND' }));
};
