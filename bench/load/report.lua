-- For wrk: `wrk -s report.lua URL -- METHOD BODY_BYTES HEADER:VALUE` ends with a line of JSON. {n} in HEADER:VALUE and in
-- the path counts up to the fifth argument; a connection thinks for the sixth, in ms, before its next request.
local n, count, path, name, value, think = 0, 1, "/", nil, nil, 0

function init(args)
  wrk.method = args[1] or "GET"
  local bytes = tonumber(args[2] or "0")
  if bytes > 0 then wrk.body = string.rep("x", bytes) end
  path = args[3] or "/"
  if args[4] and args[4] ~= "" then name, value = args[4]:match("^([^:]+):(.*)$") end
  count = tonumber(args[5] or "1")
  think = tonumber(args[6] or "0")
  -- wrk asks for a delay after every answer where there is such a function.
  if think > 0 then delay = function() return math.random(0, 2 * think) end end
  if count == 1 then
    if name then wrk.headers[name] = value end
    local fixed = wrk.format(nil, path)
    request = function() return fixed end
  end
end

function request()
  n = (n + 7919) % count
  local headers = {}
  if name then headers[name] = (value:gsub("{n}", n)) end
  return wrk.format(nil, (path:gsub("{n}", n)), headers)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"micros":%d,"bytes":%d,"p99Micros":%d,"faults":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
