-- Requests of a shop's visitors for wrk: no two are alike.
local agents = {
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
	"curl/8.14.1", "Go-http-client/2.0", "python-requests/2.32.4",
}
local paths = { "/", "/cart", "/orders", "/products", "/products/search", "/static/app.js", "/static/app.css", "/login" }
local methods = { "GET", "GET", "GET", "GET", "GET", "POST", "PUT", "DELETE" }

function init(args)
	math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
end

request = function()
	local path = paths[math.random(#paths)]
	local n = math.random(100000)
	if path == "/orders" or path == "/products" then path = path .. "/" .. n end
	if path == "/products/search" then path = path .. "?q=item" .. n .. "&page=" .. math.random(20) end
	return wrk.format(methods[math.random(#methods)], path, {
		["Host"] = "shop.example",
		["User-Agent"] = agents[math.random(#agents)],
		["Referer"] = math.random(3) == 1 and "https://shop.example" .. paths[math.random(#paths)] or "",
		["X-Forwarded-For"] = math.random(254) .. "." .. math.random(254) .. "." .. math.random(254) .. "." .. math.random(254),
	})
end
